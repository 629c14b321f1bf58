"""Take up a prediction: what came out, then whether the reader saw it coming. Nothing is stored or graded."""


def settle(prediction: str, *, right: str, happened: str) -> None:
    """Print what happened and compare: every letter in `right` counts, so a tie is right either way.

    settle(prediction, right="ab", happened="Both ended at 0.12.")
    """
    letters = sorted(set(right.lower()))
    if not letters:
        raise ValueError('right is empty: name the options that came out, such as right="b" or right="ab".')
    print(happened)
    said = str(prediction).strip().lower().strip("()")
    came = " and ".join(f"({letter})" for letter in letters)
    if said in letters:
        print(f"You predicted ({said}): right.")
    elif said in ("", "?"):
        print(f"You made no prediction. Right would have been {came}.")
    else:
        print(f"You predicted ({said}); right would have been {came}.")
