// Two pictures and two buttons; at the end all pairs with what was right.

const LARGE = 150, TINY = 40;

const answer = side => driver => { if (!driver.scene.over && !driver.waiting()) driver.ask({ do: 'answer', side }); };

function build(driver) {
  const sheets = ['left', 'right'].map(side => canvas(LARGE, LARGE, { aria: { role: 'img', label: `the ${side} picture` } }));
  const sides = ['left', 'right'].map((side, i) => {
    const node = button('which-side', '', `the ${side} one is drawn`, () => answer(side)(driver));
    node.append(sheets[i]);
    return node;
  });
  const back = button('which-back', 'Back', 'take the last answer back', () => driver.ask({ do: 'back' }));
  const again = button('which-again', 'Again', 'forget the answers and begin anew', () => driver.ask({ do: 'again' }));
  const end = el('div', { class: 'mg-which-end', aria: { role: 'group', label: 'all pairs' } });
  function drawEnd(scene) {
    end.replaceChildren(...scene.right.map((right, i) => {
      const sheet = canvas(2 * TINY + 6, TINY + 4, { aria: { role: 'img', label: `pair ${i + 1}, drawn left, made right: ${right ? 'right' : 'wrong'}` } });
      const surface = sheet.pen();
      surface.strokeStyle = right ? PALETTE.maml : PALETTE.alarm; surface.lineWidth = 2;
      if (!right) surface.setLineDash([4, 3]); // not by colour alone
      surface.strokeRect(1, 1, 2 * TINY + 4, TINY + 2);
      picture28(surface, nth(scene.arrays.drawn, i), 2, 2, TINY);
      picture28(surface, nth(scene.arrays.made, i), TINY + 4, 2, TINY);
      return sheet;
    }));
  }
  return {
    node: el('div', { class: 'mg-which-two' }, ...sides, end),
    bar: [back, again],
    words: scene => scene.words,
    refresh(scene) {
      for (const side of sides) side.disabled = scene.over;
      back.disabled = scene.over || !scene.answered;
      again.disabled = !scene.answered;
    },
    draw(scene) {
      sheets.forEach((sheet, i) => picture28(sheet.pen(), nth(scene.arrays.pair, i), 0, 0, LARGE));
      if (scene.over) drawEnd(scene); else end.replaceChildren();
    },
  };
}

export default widget({
  label: 'Which one is drawn?',
  build,
  keys: [
    ['ArrowLeft', '← the left one', answer('left')], ['ArrowRight', '→ the right one', answer('right')],
    ['b', 'B back', driver => driver.ask({ do: 'back' })], ['n', 'N again', driver => driver.ask({ do: 'again' })],
  ],
});
