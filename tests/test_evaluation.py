"""The judges judged: known samples get the scores they deserve, and the report says what was measured."""

import json

import pytest
import torch
from tiny import CODED, TINY

from metagan_course import CourseError, evaluation, metrics, pretrained, tasks, training
from metagan_course.evaluation import baselines, critics, frozen, players, protocol, report, scores
from metagan_course.nets import Conv4
from metagan_course.tasks import ImageFamily
from metagan_course.training import RECIPES
from metagan_course.weights import params_of

PICTURES = TINY.but(
    name="tiny-pictures",
    family="blots",
    family_options=(),
    nets="mlp_28",
    k_support=3,
    code_size=3,
    mismatch=0.5,
)


OPEN = critics.Gate(one_shot=0.9, as_used=0.96)


def player(recipe):
    networks = training.networks(recipe)
    return pretrained.Pretrained(recipe, networks, *training.new_metas(recipe, networks))


class Blots(ImageFamily):
    """A character is a place on the paper, a writer a small move of it: anyone can tell them apart."""

    name = "blots"

    def __init__(self, **options):
        classes = (
            [("train", i) for i in range(30)]
            + [("val", i) for i in range(25)]
            + [("test", i) for i in range(25)]
        )
        images, generator = torch.zeros(80, 20, 28, 28, dtype=torch.uint8), torch.Generator().manual_seed(0)
        for i in range(80):
            place = torch.tensor([3 + 5 * (i % 5), 3 + 5 * (i // 5 % 5)])
            for j in range(20):
                y, x = place + torch.randint(-1, 2, (2,), generator=generator)
                images[i, j, y - 2 : y + 2, x - 2 : x + 2] = 255
        specks = torch.randint(0, 20, images.shape, generator=generator).byte()  # no two drawings are equal
        super().__init__(
            images.clamp(max=235) + specks, classes, {s: s for s in ("train", "val", "test")}, **options
        )


def untrained(seed=0, width=8, pools=4):
    torch.manual_seed(seed)
    network = Conv4(width=width, pools=pools)
    images = Blots().sample(30, 2, 0, split="train", generator=torch.Generator().manual_seed(0)).support
    params = {n: w.detach() for n, w in params_of(network).items()}
    with torch.no_grad():
        return critics.Critic(params, network.statistics(images.flatten(0, 1)), pools)


@pytest.fixture
def small(monkeypatch):
    """The protocol with few tasks and steps."""
    monkeypatch.setattr(frozen, "FROZEN", 25)
    for name, value in {
        "STEPS": (0, 1),
        "LONG_STEPS": (2,),
        "LONG_TASKS": 2,
        "SCRATCH_STEPS": (0, 2),
        "SCRATCH_TASKS": 2,
        "N_SAMPLES": {"pictures": 16, "points": 16},
    }.items():
        monkeypatch.setattr(protocol, name, value)
    monkeypatch.setitem(tasks.FAMILIES, "blots", Blots)


@pytest.fixture
def judge(small, monkeypatch):
    task = evaluation.frozen_tasks(PICTURES, "val")
    return task, scores.pictures(task, {"recognise": untrained(), "compare": untrained(1)}, OPEN)


# ---- critics


@pytest.mark.parametrize("pools, features", [(4, 8), (3, 72)])
def test_a_critic_with_its_norms_multiplied_in_is_conv4_with_fixed_statistics(pools, features):
    critic, network = untrained(pools=pools), Conv4(width=8, pools=pools)
    network.load_state_dict(critic.params)
    x = torch.rand(300, 1, 28, 28)
    expected = network(x, statistics=critic.statistics)
    torch.testing.assert_close(critic.features(x), expected, rtol=1e-4, atol=1e-5)
    assert critic.features(x.reshape(10, 30, 1, 28, 28)).shape == (10, 30, features)


def test_what_a_critic_sees_does_not_depend_on_the_other_pictures():
    critic, x = untrained(), torch.rand(4, 1, 28, 28)
    torch.testing.assert_close(critic.features(x)[:1], critic.features(x[:1]))


def test_the_episode_loss_is_the_mean_of_one_shot_cross_entropies():
    features = torch.randn(3, 4, 5) / 3  # near enough that no character is ruled out
    total = []
    for j in range(4):
        for c in range(3):
            for i in range(4):
                if i != j:
                    logits = torch.stack(
                        [-64 / 5 * (features[c, i] - features[d, j]).square().sum() for d in range(3)]
                    )
                    total.append(-logits.log_softmax(0)[c])
    torch.testing.assert_close(critics.episode_loss(features), torch.stack(total).mean())


def test_saying_every_feature_twice_does_not_change_the_episode_loss():
    features = torch.randn(6, 3, 5)
    assert critics.episode_loss(features.repeat(1, 1, 9)).item() == pytest.approx(
        critics.episode_loss(features).item(), rel=1e-4
    )


def test_a_critic_is_trained_on_whole_characters_mirrored_or_not(small, monkeypatch):
    """All drawings of one character are mirrored together, about half of the characters, others each step."""
    seen, forward = [], Conv4.forward
    monkeypatch.setattr(Conv4, "forward", lambda self, x: seen.append(x) or forward(self, x))
    drawn, sample = [], Blots.sample

    def recorded(self, *args, **options):
        drawn.append(sample(self, *args, **options))
        return drawn[-1]

    monkeypatch.setattr(Blots, "sample", recorded)
    recipe = critics.CriticRecipe("x", width=4, seed=0, steps=5, ways=20, shots=3)
    critics.train_critic(Blots(), recipe, progress=False)
    mirrored = []
    for x, task in zip(seen[:5], drawn[:5], strict=True):
        x = x.unflatten(0, (20, 3))
        told = [(torch.equal(a, b), torch.equal(a, b.flip(-1))) for a, b in zip(x, task.support, strict=True)]
        assert all(as_is != other_way for as_is, other_way in told)
        mirrored.append([other_way for _, other_way in told])
    assert 30 <= sum(map(sum, mirrored)) <= 70 and mirrored[0] != mirrored[1]


@pytest.mark.parametrize("pools", [4, 3])
def test_training_a_critic_teaches_it(small, pools):
    recipe = critics.CriticRecipe("x", width=8, seed=0, steps=30, ways=20, shots=2, pools=pools)
    before = critics.gate(untrained(pools=pools), Blots(), episodes=5).one_shot
    after = critics.gate(critics.train_critic(Blots(), recipe, progress=False), Blots(), episodes=5)
    assert after.one_shot > max(before, 0.5) and after.as_used >= after.one_shot


@pytest.mark.parametrize("pools", [4, 3])
def test_a_critic_is_trained_once_and_read_the_second_time(pools, small, tmp_path, monkeypatch):
    recipe = critics.CriticRecipe("recognise", width=4, seed=0, steps=2, ways=5, shots=2, pools=pools)
    monkeypatch.setitem(critics.CRITICS, "recognise", recipe)
    first = critics.critic("recognise", "blots", folder=tmp_path)
    monkeypatch.setattr(critics, "train_now", lambda *args: pytest.fail("trained again"))
    again = critics.critic("recognise", "blots", folder=tmp_path)
    assert all(torch.equal(w, again.params[n]) for n, w in first.params.items())
    x = torch.rand(2, 1, 28, 28)
    assert torch.equal(first.features(x), again.features(x)) and first.pools == again.pools == pools
    assert first.features(x).shape == (2, {4: 4, 3: 36}[pools])


@pytest.mark.parametrize("family", ["glyphs", "omniglot"])
def test_the_shipped_critics_are_those_of_today_s_recipes(family, tmp_path, monkeypatch):
    monkeypatch.setattr(critics, "train_now", lambda *args: pytest.fail("trained instead of read"))
    for name in critics.CRITICS:
        found = critics.critic(name, family, folder=tmp_path)
        width = critics.critic_recipe(name, family).width
        assert found.features(torch.rand(2, 1, 28, 28)).shape == (2, width * {3: 9, 4: 1}[found.pools])


# ---- scores


def test_other_peoples_drawings_score_well_and_another_characters_do_not(judge):
    task, pictures = judge
    real, wrong = pictures.score(task.query), pictures.score(task.query.roll(1, 0))
    assert real["recognisability"].mean() > 0.8 > 0.2 > wrong["recognisability"].mean()
    assert real["diversity"].mean() == pytest.approx(1) and real["kid"].mean() < 0 < wrong["kid"].mean()
    assert real["recall"].mean() == 1 > wrong["recall"].mean()
    assert set(pictures.ceiling()) == set(real)


def test_a_copied_support_is_told_by_its_neighbours(judge):
    task, pictures = judge
    copied = pictures.score(baselines.support_copy(task.support, 16, torch.Generator().manual_seed(0)))
    assert copied["support_nn"].mean() > 0.9
    mean = pictures.score(baselines.support_mean(task.support, 16, torch.Generator()))
    assert mean["diversity"].max() < 1e-5 and mean["recall"].mean() < copied["recall"].mean()


def test_the_gate_asks_for_validation_and_for_as_many_drawings_as_the_score_uses(small, monkeypatch):
    """By hand on the same draws: nearest prototype of 1 and of 15 drawings among 20 characters."""
    critic, family = untrained(), Blots()
    asked, sample = [], Blots.sample
    monkeypatch.setattr(
        Blots, "sample", lambda self, *a, **o: asked.append((a, o["split"])) or sample(self, *a, **o)
    )
    found = critics.gate(critic, family, episodes=3)
    assert asked == [((25, 20, 0), "val")]
    generator = torch.Generator().manual_seed(7)
    x = critic.features(sample(family, 25, 20, 0, split="val", generator=generator).support)
    told = torch.zeros(2)
    for _ in range(3):
        who = torch.randperm(25, generator=generator)[:20]
        order = torch.rand(20, 20, generator=generator).argsort(1)
        for kind, shots in enumerate((1, 15)):
            prototypes = torch.stack([x[c, order[i, :shots]].mean(0) for i, c in enumerate(who)])
            for i, c in enumerate(who):
                for j in order[i, 15:]:
                    told[kind] += int((x[c, j] - prototypes).norm(dim=1).argmin()) == i
    assert tuple(found) == pytest.approx((told / 300).tolist())


def test_below_the_gate_the_critic_is_silent(judge):
    task, pictures = judge
    silent = pictures._replace(gate=critics.Gate(one_shot=1.0, as_used=0.949))
    assert "recognisability" not in silent.score(task.query) and "recognisability" not in silent.ceiling()
    just = pictures._replace(gate=critics.Gate(one_shot=0.5, as_used=0.95))
    assert "recognisability" in just.score(task.query)


def test_scores_of_points_are_energy_distances():
    real, fake = torch.randn(3, 10, 2), torch.randn(3, 7, 2)
    points = scores.Points(real)
    torch.testing.assert_close(points.score(fake)["energy"], metrics.energy_distance(fake, real))
    assert points.first(2).score(fake[:2])["energy"].shape == (2,)


# ---- what is compared with


def test_frozen_tasks_are_frozen_and_the_sides_differ(small):
    a, b = (evaluation.frozen_tasks(PICTURES, "test") for _ in range(2))
    assert torch.equal(a.support, b.support) and torch.equal(a.label, b.label)
    val = evaluation.frozen_tasks(PICTURES, "val")
    assert not set(a.label.tolist()) & set(val.label.tolist())
    assert len(set(val.label.tolist())) == len(val.label) == 25  # each character once
    with pytest.raises(ValueError, match="'train'"):
        evaluation.frozen_tasks(PICTURES, "train")


def test_fewer_drawings_are_the_first_of_the_five_and_are_asked_the_same(small):
    one, five = (evaluation.frozen_tasks(PICTURES, "val", shots) for shots in (1, 5))
    assert one.support.shape[1] == 1 and torch.equal(one.support, five.support[:, :1])
    assert torch.equal(one.query, five.query) and five.query.shape[1] == 15
    ten = evaluation.frozen_tasks(PICTURES, "val", 10)
    assert ten.query.shape[1] == 10 and torch.equal(ten.label, one.label)  # twenty drawings are all there are
    with pytest.raises(CourseError, match="20 shots leave 0 to judge by"):
        evaluation.frozen_tasks(PICTURES, "val", 20)


def test_the_new_test_side_has_no_task_that_protocol_1_looked_at():
    """Glyphs by other hands; of Omniglot's characters, as of these 300, the 200 old ones are left out."""
    family = Many()
    old = family.sample(200, 5, 15, split="test", generator=torch.Generator().manual_seed(20_260)).label
    new = frozen.draw(family, 5, "test").label
    assert len(new) == 100 and not set(new.tolist()) & set(old.tolist())
    recipe = RECIPES["glyphs-meta-gan"]
    assert "seed" not in asked_options(recipe, "val") and asked_options(recipe, "test")["seed"] != 0
    assert asked_options(recipe, "val", 20)["writers"] == 40


class Many(ImageFamily):
    """Three hundred test characters of one pixel each, and no others that matter."""

    name = "omniglot"

    def __init__(self):
        classes = [("test", i) for i in range(300)] + [("train", 0), ("val", 0)]
        images = torch.zeros(302, 20, 28, 28, dtype=torch.uint8)
        super().__init__(images, classes, {s: s for s in ("train", "val", "test")})


def asked_options(recipe, split, shots=5):
    """The options with which the recipe's family would be built."""
    seen = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks, "family", lambda name, **options: seen.update(options))
        frozen.family_of(recipe, split, shots)
    return seen


@pytest.mark.parametrize("name", baselines.for_pictures("glyphs"))
def test_baselines_draw_pictures_the_same_for_the_same_seed(name):
    support, sample = torch.rand(2, 5, 1, 28, 28), baselines.for_pictures("glyphs")[name]
    a, b = (sample(support, 7, torch.Generator().manual_seed(4)) for _ in range(2))
    assert a.shape == (2, 7, 1, 28, 28) and torch.equal(a, b) and 0 <= a.min() and a.max() <= 1


def test_ink_is_one_sigmoid_that_keeps_paper_and_black():
    grey = torch.linspace(0, 1, 11)
    found = baselines.ink(grey, 8.0)
    raw = 1 / (1 + torch.exp(-8 * (grey - 0.5)))
    torch.testing.assert_close(found, (raw - raw[0]) / (raw[-1] - raw[0]))
    assert found[0] == 0 and found[-1] == pytest.approx(1) and found[5] == pytest.approx(0.5)


def test_jitter_moves_a_stroke_without_blurring_it():
    support = torch.zeros(1, 1, 1, 28, 28)
    support[..., 10:18, 10:18] = 1
    still = baselines.jitter(support, 3, torch.Generator().manual_seed(0), size=0.0, edge=20.0)
    torch.testing.assert_close(still, support.expand_as(still), atol=0.2, rtol=0)  # at most its rim
    moved = baselines.jitter(support, 40, torch.Generator().manual_seed(0), size=0.1, edge=20.0)
    assert (moved - support).abs().mean() > 0.005 and moved.sum((-1, -2)).mean() == pytest.approx(64, rel=0.2)
    grey = ((moved > 0.1) & (moved < 0.9)).float().sum((-1, -2)).mean()
    assert grey < 34  # a sharp 8 x 8 square has 32 pixels on its rim; the blurred jitter of protocol 1 had 62


def test_a_kernel_density_of_one_drawing_is_a_copy():
    support = torch.rand(2, 1, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    drawn = baselines.kernel_density(support, 3, torch.Generator().manual_seed(1))
    assert torch.equal(drawn, support.expand(2, 3, 1, 28, 28))


def test_kernel_density_has_the_width_it_says():
    support = torch.randn(1, 50, 2)
    drawn = baselines.kernel_density(support, 4000, torch.Generator().manual_seed(0))
    torch.testing.assert_close(drawn.var(), support.var() * (1 + 50**-0.4), rtol=0.1, atol=0)


def test_the_meta_gan_is_sampled_where_it_was_asked_and_chunks_change_nothing(monkeypatch):
    arcs, one = tasks.family("shapes", kind="arcs"), player(CODED)
    support = torch.randn(5, CODED.k_support, 2)
    seen = []
    for chunk in (20, 5):
        monkeypatch.setattr(players, "CHUNK", chunk)
        seen.append(players.meta_gan(one, arcs)(support, 6, [0, 3], torch.Generator().manual_seed(0)))
    assert set(seen[0]) == {0, 3} and seen[0][3].shape == (5, 6, 2)
    assert all(torch.equal(seen[0][t], seen[1][t]) for t in (0, 3))
    assert not torch.equal(seen[0][0], seen[0][3])


def test_a_gan_from_scratch_learns_from_its_support():
    arcs = tasks.family("shapes", kind="arcs").sample(
        4, 20, 50, split="val", generator=torch.Generator().manual_seed(0)
    )
    scratch = players.scratch_gan(player(CODED.but(hidden=32, inner_batch=20)))
    drawn = scratch(arcs.support, 50, [0, 200], torch.Generator().manual_seed(0))
    before, after = (metrics.energy_distance(drawn[t], arcs.query).mean() for t in (0, 200))
    assert after < 0.7 * before


# ---- the whole protocol


@pytest.fixture
def blots_report(small):
    seeing = {"recognise": untrained(), "compare": untrained(1)}
    them = {"a": player(PICTURES), "b": player(PICTURES.but(seed=1, code_size=0, mismatch=0.0))}
    return evaluation.evaluate(them, n_tasks=6, critics=seeing, progress=False)


def test_a_report_on_pictures_has_every_row_and_file(blots_report, tmp_path):
    said = evaluation.write(blots_report, tmp_path)
    for name in (
        "held-out real",
        *baselines.for_pictures("blots"),
        "from scratch, t = 0",
        "a, t = 0",
        "a, t = 1",
        "a, sham, t = 1",
        "b, t = 0",
    ):
        assert f"| {name} |" in said
    names = {f.name for f in tmp_path.iterdir()}
    assert {
        "table.md",
        "report.json",
        "plane.png",
        "curve_kid.png",
        "samples_a.png",
        "samples_b.png",
    } <= names
    found = json.loads((tmp_path / "report.json").read_text())
    assert {row["t"] for row in found["rows"] if row["method"] == "a"} == {0, 1, 2}
    assert all(len(v) == row["tasks"] for row in found["rows"] for v in row["each_task"].values())


def test_the_report_hides_what_a_poor_critic_says(blots_report, monkeypatch):
    rows = [
        r._replace(scores={m: v for m, v in r.scores.items() if m != "recognisability"})
        for r in blots_report.rows
    ]
    said = report.table(blots_report._replace(rows=rows, gate=critics.Gate(0.9, 0.5)))
    assert "not reported" in said and "recognisability |" not in said


def test_differences_are_paired_and_have_their_sign(blots_report):
    mine = report.row_at(blots_report, "a", 1)
    worse = mine._replace(method="worse", scores={m: v + 1 for m, v in mine.scores.items()})
    found = report.differences(blots_report._replace(rows=[*blots_report.rows, worse]))["worse, t = 1"]
    assert (
        found["estimate"] == pytest.approx(-1, abs=1e-4) and found["excludes_zero"] and found["high"] < -0.99
    )
    long = report.differences(blots_report)["from scratch, t = 2"]
    assert long["tasks"] == 2  # only the tasks both were judged on


def test_a_report_on_points_and_its_summary(small, tmp_path):
    found = evaluation.evaluate({"a": player(CODED)}, n_tasks=3, split="val", progress=False)
    assert "energy" in evaluation.write(found, tmp_path)
    told = evaluation.summary(found, "a")
    assert told["tasks"] == 3 and set(told) == {"protocol", "tasks", "split", "t=0", "t=1"}


def test_checkpoints_of_different_tasks_are_not_compared(small):
    with pytest.raises(CourseError, match="k_support is 4 .* and 5 in"):
        evaluation.evaluate({"a": player(TINY), "b": player(TINY.but(name="other", k_support=5))})


def test_the_sham_adapts_to_another_task_and_is_judged_by_its_own(small, monkeypatch):
    seen = []

    def echo(player, family):
        return lambda support, n, at, generator: (
            seen.append(support) or {t: support[:, :1].expand(-1, n, -1, -1, -1) for t in at}
        )

    monkeypatch.setattr(protocol, "meta_gan", echo)
    monkeypatch.setattr(critics, "GATE", 0.0)
    seeing = {"recognise": untrained(), "compare": untrained(1)}
    found = evaluation.evaluate({"a": player(PICTURES)}, critics=seeing, progress=False, baselines=False)
    assert torch.equal(seen[-1], found.task.support.roll(1, 0))
    honest, sham = report.row_at(found, "a", 1), report.row_at(found, "a, sham", 1)
    assert honest.scores["recognisability"].mean() > 0.8 > 0.2 > sham.scores["recognisability"].mean()


def test_every_number_stands_beside_the_copy_s_and_the_real_drawings(blots_report):
    said = report.table(blots_report)
    copy = next(r for r in blots_report.rows if r.method == "support copy").scores["kid"].mean()
    real = next(r for r in blots_report.rows if r.method == "held-out real").scores["kid"].mean()
    assert f"kid (copy {copy:.2f}, real {real:.2f})" in said


def test_gains_in_kid_are_counted_in_photocopies_of_the_rival(blots_report):
    gain = report.gains_in_kid(blots_report)["a, t = 1"]
    assert set(gain) == {"a, t = 0", "b, t = 0"} or set(gain) == {"a, t = 0", "b, t = 1"}
    mine, start = report.row_at(blots_report, "a", 1), report.row_at(blots_report, "a", 0)
    fallen = (start.scores["kid"] - mine.scores["kid"]).mean().item()
    assert gain["a, t = 0"]["estimate"] == pytest.approx(fallen, abs=1e-4)
    assert start.with_copies[0].item() == pytest.approx(start.scores["kid"].mean().item(), abs=1e-4)
