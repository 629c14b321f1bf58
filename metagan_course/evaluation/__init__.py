"""How a Meta-GAN is judged: the protocol, its critics, its baselines, its report."""
