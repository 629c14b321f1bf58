"""The networks: shapes, refusals, what each layer computes, second derivatives under vmap against a loop."""

import warnings

import pytest
import torch
from torch.func import functional_call, grad, stack_module_state, vmap
from torch.nn import functional as F

from metagan_course.nets import (
    VAE,
    BatchNorm,
    Conv4,
    DCGANDiscriminator,
    DCGANGenerator,
    FiLM,
    HyperNetwork,
    MapGenerator,
    MetaBatchNorm,
    MLPDiscriminator,
    MLPGenerator,
    ProjectionDiscriminator,
    TaskEncoder,
)
from metagan_course.weights import as_function, params_of

PICTURE = (1, 28, 28)
T, B, S, Z, C = 3, 4, 5, 6, 7


@pytest.fixture(autouse=True)
def float64():
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(0)
    yield
    torch.set_default_dtype(torch.float32)


def pictures(*lead):
    return torch.rand(*lead, *PICTURE)


# name: (build, inputs of T tasks, output shape of one task)
NETS = {
    "mlp generator": (lambda: MLPGenerator(Z, hidden=(8,)), lambda: (torch.randn(T, B, Z),), (B, 2)),
    "mlp generator, layer norm, code": (
        lambda: MLPGenerator(Z, PICTURE, hidden=(8, 8), code_size=C, norm="layer"),
        lambda: (torch.randn(T, B, Z), torch.randn(T, C)),
        (B, *PICTURE),
    ),
    "mlp discriminator": (lambda: MLPDiscriminator(hidden=(8,)), lambda: (torch.randn(T, B, 2),), (B,)),
    "mlp discriminator, code": (
        lambda: MLPDiscriminator(PICTURE, hidden=(8, 8), code_size=C),
        lambda: (pictures(T, B), torch.randn(T, C)),
        (B,),
    ),
    "dcgan generator": (lambda: DCGANGenerator(Z, width=8), lambda: (torch.randn(T, B, Z),), (B, *PICTURE)),
    "dcgan generator, meta batch norm": (
        lambda: DCGANGenerator(Z, code_size=C, width=8, norm="meta"),
        lambda: (torch.randn(T, B, Z), torch.randn(T, C)),
        (B, *PICTURE),
    ),
    "dcgan generator, a code a row": (
        lambda: DCGANGenerator(Z, code_size=C, width=8, norm="meta"),
        lambda: (torch.randn(T, B, Z), torch.randn(T, B, C)),
        (B, *PICTURE),
    ),
    "dcgan generator, no norm": (
        lambda: DCGANGenerator(Z, code_size=C, width=8, norm="none"),
        lambda: (torch.randn(T, B, Z), torch.randn(T, C)),
        (B, *PICTURE),
    ),
    "map generator, code": (
        lambda: MapGenerator(Z, maps=2, width=32),
        lambda: (torch.randn(T, B, Z), torch.randn(T, 98)),
        (B, *PICTURE),
    ),
    "map generator, a code a row": (
        lambda: MapGenerator(Z, maps=2, width=32),
        lambda: (torch.randn(T, B, Z), torch.randn(T, B, 98)),
        (B, *PICTURE),
    ),
    "map generator without maps": (
        lambda: MapGenerator(Z, maps=0, width=32),
        lambda: (torch.randn(T, B, Z),),
        (B, *PICTURE),
    ),
    "dcgan discriminator": (lambda: DCGANDiscriminator(width=4), lambda: (pictures(T, B),), (B,)),
    "projection discriminator": (
        lambda: ProjectionDiscriminator(DCGANDiscriminator(width=4), C),
        lambda: (pictures(T, B), torch.randn(T, C)),
        (B,),
    ),
    "projection discriminator, points": (
        lambda: ProjectionDiscriminator(MLPDiscriminator(hidden=(8,)), C),
        lambda: (torch.randn(T, B, 2), torch.randn(T, B, C)),
        (B,),
    ),
    "projection discriminator, maps": (
        lambda: ProjectionDiscriminator(DCGANDiscriminator(width=4), maps=2),
        lambda: (pictures(T, B), torch.randn(T, 98)),
        (B,),
    ),
    "projection discriminator, maps, a code a row": (
        lambda: ProjectionDiscriminator(DCGANDiscriminator(width=4), maps=2),
        lambda: (pictures(T, B), torch.randn(T, B, 98)),
        (B,),
    ),
    "mlp generator, meta batch norm": (
        lambda: MLPGenerator(Z, PICTURE, hidden=(8,), code_size=C, norm="meta"),
        lambda: (torch.randn(T, B, Z), torch.randn(T, C)),
        (B, *PICTURE),
    ),
    "conv-4": (lambda: Conv4(width=4), lambda: (pictures(T, B),), (B, 4)),
    "conv-4 classifier": (lambda: Conv4(width=4, out_size=5), lambda: (pictures(T, B),), (B, 5)),
    "conv-4, three pools": (lambda: Conv4(width=4, pools=3), lambda: (pictures(T, B),), (B, 36)),
    "conv-4 classifier, three pools": (
        lambda: Conv4(width=4, pools=3, out_size=5),
        lambda: (pictures(T, B),),
        (B, 5),
    ),
    "task encoder": (lambda: TaskEncoder(code_size=C, width=4), lambda: (pictures(T, 4, S),), (4, C)),
    "task encoder, points": (
        lambda: TaskEncoder((2,), code_size=C, width=4),
        lambda: (torch.randn(T, 4, S, 2),),
        (4, C),
    ),
    "task encoder, maps": (lambda: TaskEncoder(maps=2, width=4), lambda: (pictures(T, 4, S),), (4, 98)),
    "vae": (lambda: VAE(Z, width=4), lambda: (pictures(T, B), torch.randn(T, B, Z)), (B, *PICTURE)),
    "film": (lambda: FiLM(Z, C), lambda: (torch.randn(T, B, Z), torch.randn(T, C)), (B, Z)),
    "meta batch norm": (
        lambda: MetaBatchNorm(3, C),
        lambda: (torch.randn(T, B, 3, 4, 4), torch.randn(T, C)),
        (B, 3, 4, 4),
    ),
    "batch norm": (lambda: BatchNorm(3), lambda: (torch.randn(T, B, 3),), (B, 3)),
}


def first(out):
    return out[0] if isinstance(out, tuple) else out


@pytest.fixture(params=NETS)
def case(request):
    build, inputs, shape = NETS[request.param]
    nets = [build() for _ in range(T)]
    weights, _ = stack_module_state(nets)
    return nets[0], {n: w.detach() for n, w in weights.items()}, inputs(), shape


def test_output_shape_and_no_state(case):
    net, _, inputs, shape = case
    one = [x[0] for x in inputs]
    assert first(net(*one)).shape == shape
    assert not list(net.buffers())
    assert torch.equal(first(net(*one)), first(net(*one)))  # a second call sees nothing of the first


def test_vmap_over_tasks_weights_of_grad_of_grad_equals_the_loop(case):
    net, weights, inputs, shape = case
    probe = torch.randn(shape)  # else a batch norm's sum is constant and every derivative 0

    def loss(w, *x):
        return (first(functional_call(net, w, x)) * probe).square().sum()

    def slope(w, *x):  # |d loss / d w|^2 after one SGD step: a meta-gradient in small
        g = grad(loss)(w, *x)
        return loss({n: w[n] - 0.01 * g[n] for n in w}, *x) + sum(v.square().sum() for v in g.values())

    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*performance drop.*")
        fast = vmap(grad(slope))(weights, *inputs)
    for t in range(T):
        slow = grad(slope)({n: w[t] for n, w in weights.items()}, *(x[t] for x in inputs))
        rounding = 1e-11 * max(
            float(g.abs().max()) for g in slow.values()
        )  # a bias before a norm has gradient 0
        for name, g in slow.items():
            torch.testing.assert_close(fast[name][t], g, rtol=1e-7, atol=rounding)
    assert sum(float(g.abs().sum()) for g in fast.values()) > 0


def test_second_derivative_equals_finite_differences():
    net = DCGANGenerator(Z, code_size=C, width=4, norm="meta")
    z, c, probe = torch.randn(B, Z), torch.randn(C), torch.randn(B, *PICTURE)
    w = {n: p.detach() for n, p in net.named_parameters()}
    direction = {n: torch.randn_like(p) for n, p in w.items()}

    def loss(w):
        return (functional_call(net, w, (z, c)) * probe).sum()

    def at(t):
        return grad(loss)({n: w[n] + t * direction[n] for n in w})

    exact = torch.func.jvp(grad(loss), (w,), (direction,))[1]
    for name in w:
        finite = (at(1e-5)[name] - at(-1e-5)[name]) / 2e-5
        torch.testing.assert_close(
            exact[name], finite, rtol=1e-5, atol=1e-5 * (1e-3 + float(finite.abs().max()))
        )


def test_dcgan_sizes_are_those_of_the_recipe():
    shapes = {n: tuple(p.shape) for n, p in DCGANGenerator(48).named_parameters()}
    assert shapes["project.weight"] == (7 * 7 * 64, 48)
    assert shapes["ups.0.weight"] == (64, 32, 4, 4) and shapes["ups.1.weight"] == (32, 1, 4, 4)
    shapes = {n: tuple(p.shape) for n, p in DCGANDiscriminator().named_parameters()}
    assert [shapes[f"body.{i}.weight"] for i in (0, 2, 4)] == [(32, 1, 4, 4), (64, 32, 4, 4), (128, 64, 3, 3)]
    assert shapes["head.weight"] == (1, 2048)
    assert len(shapes) == 8  # no norm in D


def test_pictures_lie_in_the_unit_interval_and_points_do_not():
    z = 50 * torch.randn(64, Z)
    for net in (DCGANGenerator(Z, width=8), MLPGenerator(Z, PICTURE), MapGenerator(Z, maps=0, width=32)):
        assert 0 <= net(z).min() and net(z).max() <= 1
    assert MLPGenerator(Z)(z).abs().max() > 1


def test_batch_norm_equals_torch_in_training_mode():
    for x in (torch.randn(8, 3) * 3 + 1, torch.randn(8, 3, 5, 5) * 3 + 1):
        net = BatchNorm(3)
        torch.nn.init.normal_(net.gain), torch.nn.init.normal_(net.bias)
        expected = F.batch_norm(x, None, None, net.gain, net.bias, training=True)
        torch.testing.assert_close(net(x), expected)
        probe = torch.randn_like(x)  # the statistics depend on x too: its gradient must know
        ours = grad(lambda x: (net(x) * probe).sum())(x)  # noqa: B023
        theirs = grad(lambda x: (F.batch_norm(x, None, None, net.gain, net.bias, True) * probe).sum())(x)  # noqa: B023
        torch.testing.assert_close(ours, theirs)


def test_reference_statistics_make_a_sample_independent_of_its_neighbours():
    z, c = torch.randn(16, Z), torch.randn(16, C)
    for norm in ("batch", "meta"):
        net = DCGANGenerator(Z, code_size=C, width=8, norm=norm)
        fixed, together = net.statistics(z, c), net(z, c)
        torch.testing.assert_close(net(z, c, statistics=fixed), together)  # its own batch: nothing changes
        assert not torch.allclose(net(z[:4], c[:4]), together[:4])
        torch.testing.assert_close(net(z[:4], c[:4], statistics=fixed), together[:4])
    critic, x = Conv4(width=4), pictures(16)
    fixed = critic.statistics(x)
    torch.testing.assert_close(critic(x[:1], statistics=fixed), critic(x)[:1])


def test_meta_batch_norm_takes_statistics_from_the_task_and_scale_from_the_code():
    net, x, c = (
        MetaBatchNorm(3, C),
        torch.randn(T, B, 3) * torch.tensor([1.0, 10, 100])[:, None, None],
        torch.randn(T, C),
    )
    out = vmap(net)(x, c)  # (T, B, 3)
    gain, bias = net.film.linear(c).chunk(2, dim=-1)  # (T, 3)
    torch.testing.assert_close(out.mean(1), bias)
    torch.testing.assert_close(out.std(1, correction=0), (1 + gain).abs(), rtol=1e-4, atol=1e-4)
    assert torch.equal(vmap(net)(x[:1], c[:1])[0], out[0])  # no other task reaches this one
    torch.testing.assert_close(
        net(x[0], c[0]), net(x[0], c[0].expand(B, C))
    )  # (C,) means the same code for every row


@pytest.mark.parametrize("name", [n for n in NETS if n.endswith("code") or "a row" in n or "projection" in n])
def test_the_code_reaches_the_output(name):
    build, inputs, _ = NETS[name]
    net, (x, c) = build(), (one[0] for one in inputs())
    assert (net(x, c) - net(x, c + 1)).abs().min() > 0


def test_a_map_s_place_in_the_code_is_its_place_in_the_picture():
    """The code one cell to the right, or down, is the picture four pixels to the right, or down.

    In the middle, which sees no border. Each norm asks the whole picture, so it is left out here; constant
    noise is the same in every place.
    """
    net, maps = MapGenerator(Z, maps=3, width=32), torch.randn(B, 3, 7, 7)
    for i, layer in enumerate(net.body):
        if isinstance(layer, torch.nn.GroupNorm):
            net.body[i] = torch.nn.Identity()
    with torch.no_grad():
        net.project.weight.zero_(), net.project.bias.fill_(0.3)
    z = torch.randn(B, Z)
    seen = net(z, maps.flatten(1))
    assert seen[:, :, 8:20, 8:20].std(0).min() > 1e-6
    for axis in (2, 3):
        moved = net(z, maps.roll(1, axis).flatten(1))
        torch.testing.assert_close(
            moved.roll(-4, axis)[:, :, 8:16, 8:16], seen[:, :, 8:16, 8:16], rtol=1e-9, atol=1e-12
        )


def test_a_map_generator_s_picture_does_not_depend_on_its_neighbours():
    net, z, c = MapGenerator(Z, maps=2, width=32), torch.randn(B, Z), torch.randn(B, 98)
    torch.testing.assert_close(net(z[1:2], c[1:2]), net(z, c)[1:2])
    torch.testing.assert_close(net(z, c[0])[1:2], net(z[1:2], c[0]))  # (98,): one code for every row


def test_film_with_a_zero_code_changes_nothing():
    x = torch.randn(B, Z)
    assert torch.equal(FiLM(Z, C)(x, torch.zeros(C)), x)


def test_projection_is_the_inner_product_with_the_code():
    base = DCGANDiscriminator(width=4)
    net, x, c = ProjectionDiscriminator(base, C, scale=3.0), pictures(B), torch.randn(B, C)
    h = base.features(x)
    expected = torch.stack([h[i] @ net.projection.weight @ c[i] for i in range(B)]) * 3.0 / h.shape[1]
    torch.testing.assert_close(net(x, c) - base(x), expected)
    torch.testing.assert_close(net(x, torch.zeros(C)), base(x))


def test_a_projection_of_maps_compares_place_with_place():
    base = DCGANDiscriminator(width=4)
    net, x, c = ProjectionDiscriminator(base, maps=2), pictures(B), torch.randn(B, 98)
    kernel = net.projection[1].weight  # (16, 2, 3, 3)
    h = base.features(x).reshape(B, 16, 4, 4)
    padded = torch.nn.functional.pad(c.reshape(B, 2, 7, 7), (1, 1, 1, 1))
    expected = torch.zeros(B)
    for i in range(4):
        for j in range(4):  # each place of h has the 3x3 places of c about it, two apart
            patch = padded[:, :, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3].flatten(1)  # (B, 18)
            expected += (h[:, :, i, j] * (patch @ kernel.flatten(1).T)).sum(1)
    torch.testing.assert_close(net(x, c) - base(x), 8 * expected / 256)
    assert net.code_size == 98
    one_by_one = torch.stack([net(x, code) for code in c], dim=1)
    torch.testing.assert_close(net.every(x, c)[1], one_by_one)


def test_meta_batch_norm_in_an_mlp_generator_is_the_formula():
    net = MLPGenerator(Z, (2,), hidden=(8,), code_size=C, norm="meta")
    z, c = torch.randn(B, Z), torch.randn(C)
    first, norm, _, last = net.body
    a = first(torch.cat([z, c.expand(B, C)], 1))
    a = (a - a.mean(0)) / (a.var(0, correction=0) + 1e-5).sqrt()
    gain, bias = norm.film.linear(c).chunk(2)
    torch.testing.assert_close(net(z, c), last(torch.relu((1 + gain) * a + bias)))


def test_a_projection_discriminator_asked_for_every_code_answers_as_if_asked_for_one_after_the_other():
    for base, x in ((DCGANDiscriminator(width=4), pictures(B)), (MLPDiscriminator(), torch.randn(B, 2))):
        net, c = ProjectionDiscriminator(base, C), torch.randn(T, C)
        one_by_one = torch.stack([net(x, code) for code in c], dim=1)  # (B, T)
        h, every = net.every(x, c)
        torch.testing.assert_close(every, one_by_one)
        assert torch.equal(h, net.look(x, c[0])[0])
    torch.testing.assert_close(net.every(x, c[:1])[1], one_by_one[:, :1])


def test_a_function_of_a_module_hands_options_on_and_forgets_the_module_s_own_weights():
    disc, other = (ProjectionDiscriminator(DCGANDiscriminator(width=4), C) for _ in range(2))
    x, c = pictures(B), torch.randn(T, C)
    _, found = as_function(disc, "every")(params_of(other), x, codes=c)
    assert torch.equal(found, other.every(x, c)[1]) and not torch.equal(found, disc.every(x, c)[1])


def test_conv4_with_three_pools_keeps_the_nine_places_that_the_fourth_pool_would_join():
    three, four = Conv4(width=4, pools=3), Conv4(width=4)
    four.load_state_dict(three.state_dict())
    x = pictures(B)
    places = three(x).reshape(B, 4, 3, 3)
    torch.testing.assert_close(four(x), places[:, :, :2, :2].amax((2, 3)))  # a pool of 3x3 sees 2x2 of them
    fixed = three.statistics(x)
    torch.testing.assert_close(three(x[:1], statistics=fixed), three(x)[:1])


def test_a_code_of_maps_ignores_order_and_has_unit_spread_over_the_tasks():
    net, support = TaskEncoder(maps=2, width=4), pictures(T, S)
    codes, raw = net(support), net.raw(support)
    assert net.code_size == codes.shape[1] == 98 == MapGenerator(Z, maps=2, width=32).code_size
    torch.testing.assert_close(net(support[:, torch.randperm(S)]), codes)
    one_by_one = torch.stack([net.raw(support[:, i : i + 1]) for i in range(S)]).mean(0)
    torch.testing.assert_close(raw, one_by_one)  # the mean of what each example says
    torch.testing.assert_close(codes, (raw - raw.mean(0)) / torch.sqrt(raw.var(0, correction=0) + 1e-5))
    torch.testing.assert_close(net(support[:1], statistics=net.statistics(support)), codes[:1])


def test_what_a_support_has_four_pixels_further_its_maps_have_one_cell_further():
    net, support = TaskEncoder(maps=2, width=4), pictures(T, S)
    maps = lambda x: net.raw(x).reshape(T, 2, 7, 7)  # noqa: E731
    for axis in (3, 4):
        moved = maps(support.roll(4, axis)).roll(-1, axis - 1)
        torch.testing.assert_close(moved[:, :, 2:4, 2:4], maps(support)[:, :, 2:4, 2:4])


def test_task_codes_ignore_order_and_have_unit_spread_over_the_tasks():
    net, support = TaskEncoder(code_size=C, width=4), pictures(T, S)
    codes = net(support)
    torch.testing.assert_close(net(support[:, torch.randperm(S)]), codes)
    torch.testing.assert_close(codes.mean(0), torch.zeros(C), atol=1e-9, rtol=0)
    raw = net.raw(support)
    torch.testing.assert_close(codes, (raw - raw.mean(0)) / torch.sqrt(raw.var(0, correction=0) + 1e-5))
    plain = TaskEncoder(code_size=C, width=4, standardised=False)
    plain.load_state_dict(net.state_dict())
    assert torch.equal(plain(support), raw)


def test_standardisation_undoes_a_large_constant():
    net, support = TaskEncoder((2,), code_size=C, width=4), torch.randn(16, S, 2) * 5
    before = net(support)
    with torch.no_grad():
        net.head.bias += 1e3  # what collapsing encoders do
    torch.testing.assert_close(net(support), before, atol=1e-6, rtol=1e-6)


def test_reference_statistics_give_a_lone_task_its_code():
    net, support = TaskEncoder(code_size=C, width=4), pictures(T, S)
    torch.testing.assert_close(net(support[:1], statistics=net.statistics(support)), net(support)[:1])


def test_code_of_a_set_with_every_element_twice_is_the_same():
    net, support = TaskEncoder((2,), code_size=C, width=4), torch.randn(T, S, 2)
    torch.testing.assert_close(net(support.repeat(1, 2, 1)), net(support))  # a mean, not a sum


def test_vae_reparametrises_with_the_noise_it_is_given():
    net, x, noise = VAE(Z, width=4), pictures(B), torch.randn(B, Z)
    logits, mean, log_var = net(x, noise)
    assert mean.shape == log_var.shape == (B, Z)
    torch.testing.assert_close(logits, net.decoder.logits(mean + log_var.exp().sqrt() * noise))
    torch.testing.assert_close(net.sample(mean), torch.sigmoid(net(x, torch.zeros(B, Z))[0]))


def test_hypernetwork_emits_weights_the_target_runs_with():
    target = MLPGenerator(Z, hidden=(8,))
    start = dict(target.named_parameters())
    net, c = HyperNetwork(start, C, scale=0.1), torch.randn(T, C)
    z = torch.randn(B, Z).expand(T, -1, -1)  # the same for every task
    weights = vmap(net)(c)
    assert {n: w.shape[1:] for n, w in weights.items()} == {n: w.shape for n, w in start.items()}
    samples = vmap(lambda w, z: functional_call(target, w, (z,)))(weights, z)
    assert samples.shape == (T, B, 2) and samples.std(0).min() > 0  # the tasks differ
    with torch.no_grad():
        net.body[2].weight.zero_(), net.body[2].bias.zero_()
    for name, w in net(c[0]).items():
        assert torch.equal(w, start[name])  # f = 0 leaves everyone at the start


def test_hypernetwork_to_second_order_under_vmap():
    target = MLPGenerator(Z, hidden=(4,))
    nets = [HyperNetwork(dict(target.named_parameters()), C, hidden=8) for _ in range(T)]
    weights = {n: w.detach() for n, w in stack_module_state(nets)[0].items()}
    z, c = torch.randn(T, B, Z), torch.randn(T, C)

    def loss(w, z, c):
        return functional_call(target, functional_call(nets[0], w, (c,)), (z,)).square().sum()

    def slope(w, z, c):
        return sum(g.square().sum() for g in grad(loss)(w, z, c).values())

    fast = vmap(grad(slope))(weights, z, c)
    for t in range(T):
        slow = grad(slope)({n: w[t] for n, w in weights.items()}, z[t], c[t])
        for name, g in slow.items():
            torch.testing.assert_close(fast[name][t], g)


REFUSED = {
    "noise": (lambda: DCGANGenerator(Z)(torch.randn(B, Z + 1)), r"z: got shape \(4, 7\), needed \(B, 6\)"),
    "noise, one axis": (lambda: MLPGenerator(Z)(torch.randn(Z)), r"z: got shape \(6,\), needed \(B, 6\)"),
    "missing code": (
        lambda: DCGANGenerator(Z, code_size=C)(torch.randn(B, Z)),
        r"c: got no task code, needed shape \(7,\)",
    ),
    "unwanted code": (
        lambda: MLPGenerator(Z)(torch.randn(B, Z), torch.randn(C)),
        r"c: got a task code of shape \(7,\)",
    ),
    "wrong code": (
        lambda: MLPGenerator(Z, code_size=C)(torch.randn(B, Z), torch.randn(B + 1, C)),
        r"c: got shape \(5, 7\), needed \(7,\) or \(4, 7\)",
    ),
    "map generator, noise": (
        lambda: MapGenerator(Z, maps=2, width=32)(torch.randn(Z), torch.randn(98)),
        r"z: got shape \(6,\), needed \(B, 6\)",
    ),
    "map generator, missing code": (
        lambda: MapGenerator(Z, maps=2, width=32)(torch.randn(B, Z)),
        r"c: got no task code, needed shape \(98,\)",
    ),
    "map generator, code as pictures": (
        lambda: MapGenerator(Z, maps=2, width=32)(torch.randn(B, Z), torch.randn(B, 2, 7, 7)),
        r"c: got shape \(4, 2, 7, 7\), needed \(98,\) or \(4, 98\)",
    ),
    "map generator, unwanted code": (
        lambda: MapGenerator(Z, maps=0, width=32)(torch.randn(B, Z), torch.randn(98)),
        r"c: got a task code of shape \(98,\), needed none",
    ),
    "every, codes of another size": (
        lambda: ProjectionDiscriminator(DCGANDiscriminator(width=4), C).every(pictures(B), pictures(T)),
        r"codes: got shape \(3, 1, 28, 28\)",
    ),
    "every of one code": (
        lambda: ProjectionDiscriminator(DCGANDiscriminator(width=4), C).every(pictures(B), torch.randn(C)),
        r"codes: got shape \(7,\)",
    ),
    "maps of points": (lambda: TaskEncoder((2,), maps=2), r"maps: got 2 .*\(2,\)"),
    "picture without channel": (
        lambda: DCGANDiscriminator()(torch.rand(B, 28, 28)),
        r"x: got shape \(4, 28, 28\), needed \(B, 1, 28, 28\)",
    ),
    "pictures of tasks": (
        lambda: Conv4()(pictures(T, B)),
        r"x: got shape \(3, 4, 1, 28, 28\), needed \(B, 1, 28, 28\)",
    ),
    "points": (lambda: MLPDiscriminator()(torch.randn(B, 3)), r"x: got shape \(4, 3\), needed \(B, 2\)"),
    "projection code": (
        lambda: ProjectionDiscriminator(DCGANDiscriminator(width=4), C)(pictures(B), torch.randn(C + 1)),
        r"c: got shape \(8,\)",
    ),
    "conditional base": (
        lambda: ProjectionDiscriminator(MLPDiscriminator(code_size=C), C),
        "base: got a discriminator with code_size 7",
    ),
    "support of one task": (
        lambda: TaskEncoder()(pictures(S)),
        r"support: got shape \(5, 1, 28, 28\), needed \(T, S, 1, 28, 28\)",
    ),
    "empty support": (lambda: TaskEncoder()(pictures(T, 0)), "support: got shape .* empty"),
    "lone task": (lambda: TaskEncoder()(pictures(1, S)), "one task: no spread"),
    "lone sample in batch norm": (lambda: BatchNorm(3)(torch.randn(1, 3)), r"x: got shape \(1, 3\)"),
    "channels": (lambda: BatchNorm(3)(torch.randn(B, 4)), r"x: got shape \(4, 4\), needed \(B, 3\)"),
    "film channels": (
        lambda: FiLM(3, C)(torch.randn(B, 4), torch.randn(C)),
        r"x: got shape \(4, 4\), needed \(B, 3\)",
    ),
    "vae noise": (
        lambda: VAE(Z)(pictures(B), torch.randn(B, Z + 1)),
        r"noise: got shape \(4, 7\), needed \(4, 6\)",
    ),
    "hypernetwork code": (
        lambda: HyperNetwork({"w": torch.zeros(2)}, C)(torch.randn(B, C)),
        r"c: got shape \(4, 7\), needed \(7,\)",
    ),
    "statistics of another network": (
        lambda: Conv4(width=4)(
            pictures(B), statistics=DCGANGenerator(Z, width=8).statistics(torch.randn(B, Z))
        ),
        "statistics: got 2, needed 4",
    ),
    "too few statistics": (
        lambda: DCGANGenerator(Z, width=8)(torch.randn(B, Z), statistics=[]),
        "statistics: got 0, needed 2",
    ),
    "unknown norm": (lambda: DCGANGenerator(norm="group"), "norm: got 'group'"),
    "unknown mlp norm": (lambda: MLPGenerator(norm="batch"), "norm: got 'batch'"),
    "meta norm without a code": (lambda: DCGANGenerator(norm="meta"), "norm: got 'meta' with code_size 0"),
}


@pytest.mark.parametrize("call, message", REFUSED.values(), ids=REFUSED)
def test_a_wrong_shape_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
