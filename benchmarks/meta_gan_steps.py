"""What does the outer loop *through* the inner one buy? Four ways to a start, equal time, arcs in the plane.

    python benchmarks/meta_gan_steps.py --seconds 10      writes notebooks/results/meta_gan_steps.json

joint: one GAN for all tasks, no inner loop in training; it steps on a new task all the same.
first: the inner steps are taken in training and each of their gradients is a constant (FOMAML).
exact: the outer gradient goes through the steps.
