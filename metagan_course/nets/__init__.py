"""The networks of the course, each a plain torch module without hidden state. Read pairs.py first."""

from metagan_course.nets.encoders import VAE, Conv4, TaskEncoder
from metagan_course.nets.pairs import (
    DCGANDiscriminator,
    DCGANGenerator,
    MapGenerator,
    MLPDiscriminator,
    MLPGenerator,
    ProjectionDiscriminator,
)
from metagan_course.nets.parts import BatchNorm, FiLM, HyperNetwork, MetaBatchNorm, Statistics

__all__ = [
    "BatchNorm",
    "Conv4",
    "DCGANDiscriminator",
    "DCGANGenerator",
    "FiLM",
    "HyperNetwork",
    "MLPDiscriminator",
    "MLPGenerator",
    "MapGenerator",
    "MetaBatchNorm",
    "ProjectionDiscriminator",
    "Statistics",
    "TaskEncoder",
    "VAE",
]
