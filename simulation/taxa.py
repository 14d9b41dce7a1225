"""The insects that a trap may catch: taxonomy, size, hours of activity and body plan."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """A body plan seen from above, the head towards +x. Lengths are fractions of the body's length.

    Attributes:
        segments: (centre, length, width) of each part of the body, from -0.5 (tail) to 0.5 (head).
        wings: (root, length, width, angle from the axis in degrees, opacity 0-255) of each pair.
        legs: length of a leg; 0 for none visible.
        antennae: length of an antenna.
    """

    segments: tuple[tuple[float, float, float], ...]
    wings: tuple[tuple[float, float, float, float, int], ...] = ()
    legs: float = 0.45
    antennae: float = 0.1


@dataclass(frozen=True, slots=True)
class Taxon:
    """A kind of insect. `family`, `genus` and `species` are None below the level a person can tell from a picture.

    Attributes:
        millimetres: body length.
        per_day: mean catch of an average trap on an average day.
        peaks: hours of local solar time at which it flies most.
        spread: standard deviation of the hour of catch around a peak.
        colour: what is seen against the light, RGB.
    """

    order: str
    family: str | None
    genus: str | None
    species: str | None
    shape: Shape
    millimetres: float
    per_day: float
    peaks: tuple[float, ...]
    spread: float = 1.5
    colour: tuple[int, int, int] = (38, 34, 16)

    @property
    def ranks(self) -> tuple[str, ...]:
        """Order, family, genus, species, as far as they are known."""
        return tuple(name for name in (self.order, self.family, self.genus, self.species) if name)


FLY = Shape(((-0.2, 0.55, 0.36), (0.14, 0.38, 0.33), (0.4, 0.2, 0.29)), ((0.15, 0.78, 0.28, 22, 75),), 0.5)
MOTH_FLY = Shape(((-0.15, 0.6, 0.3), (0.25, 0.4, 0.34)), ((0.2, 0.85, 0.46, 30, 135),), 0.3, 0.5)
GNAT = Shape(((-0.2, 0.6, 0.17), (0.2, 0.28, 0.24), (0.4, 0.15, 0.17)), ((0.2, 0.75, 0.22, 20, 70),), 0.7, 0.4)
MOSQUITO = Shape(((-0.2, 0.6, 0.13), (0.2, 0.26, 0.2), (0.38, 0.13, 0.13)), ((0.2, 0.62, 0.15, 14, 70),), 1.1, 0.35)
CRANE_FLY = Shape(((-0.2, 0.62, 0.08), (0.2, 0.25, 0.13), (0.38, 0.12, 0.08)), ((0.2, 0.85, 0.19, 40, 55),), 1.4, 0.2)
MOTH = Shape(
    ((-0.15, 0.65, 0.27), (0.25, 0.36, 0.3), (0.46, 0.14, 0.17)),
    ((0.25, 0.95, 0.42, 42, 185), (0.1, 0.68, 0.45, 22, 140)),
    0.3,
    0.45,
)
LADYBIRD = Shape(((-0.08, 0.84, 0.72), (0.33, 0.28, 0.5), (0.46, 0.14, 0.3)), (), 0.22, 0.1)
GROUND_BEETLE = Shape(((-0.16, 0.66, 0.4), (0.25, 0.25, 0.33), (0.43, 0.16, 0.21)), (), 0.45, 0.4)
ANT = Shape(((-0.3, 0.4, 0.26), (0.04, 0.34, 0.15), (0.36, 0.24, 0.21)), ((0.1, 0.95, 0.25, 25, 50),), 0.55, 0.3)
WASP = Shape(((-0.25, 0.52, 0.14), (0.18, 0.3, 0.18), (0.4, 0.14, 0.15)), ((0.2, 0.6, 0.17, 38, 60),), 0.55, 0.7)
LACEWING = Shape(
    ((-0.15, 0.7, 0.1), (0.25, 0.22, 0.14), (0.42, 0.12, 0.14)),
    ((0.25, 1.05, 0.32, 14, 50), (0.18, 0.9, 0.28, 28, 45)),
    0.35,
    0.75,
)
APHID = Shape(((-0.1, 0.7, 0.46), (0.32, 0.3, 0.28)), ((0.2, 0.95, 0.32, 24, 45),), 0.45, 0.5)
LEAFHOPPER = Shape(((-0.1, 0.8, 0.27), (0.36, 0.28, 0.3)), ((0.3, 0.9, 0.17, 6, 150),), 0.3, 0.1)
THRIPS = Shape(((-0.1, 0.8, 0.17), (0.38, 0.24, 0.14)), ((0.15, 0.55, 0.08, 10, 90),), 0.14, 0.14)

_DAY, _DUSK, _NIGHT, _TWILIGHT = (10.5, 15.0), (20.5,), (23.0, 1.5), (5.0, 21.0)

TAXA = (
    Taxon("Diptera", "Drosophilidae", "Drosophila", "suzukii", FLY, 2.8, 6.0, (6.5, 20.0), 1.3, (58, 40, 14)),
    Taxon("Diptera", "Psychodidae", None, None, MOTH_FLY, 2.4, 3.0, _NIGHT, 2.0),
    Taxon("Diptera", "Culicidae", "Culex", "pipiens", MOSQUITO, 5.0, 1.6, _TWILIGHT, 1.2),
    Taxon("Diptera", "Chironomidae", None, None, GNAT, 3.6, 4.0, _DUSK, 1.2),
    Taxon("Diptera", "Sciaridae", None, None, GNAT, 2.3, 7.0, (9.0, 17.0), 3.0),
    Taxon("Diptera", "Muscidae", "Musca", "domestica", FLY, 6.8, 1.2, _DAY, 2.5),
    Taxon("Diptera", "Tipulidae", "Tipula", "paludosa", CRANE_FLY, 13.0, 0.3, (22.0,), 1.5, (66, 54, 24)),
    Taxon("Diptera", None, None, None, FLY, 1.7, 6.0, _DAY, 3.5),
    Taxon("Lepidoptera", "Noctuidae", "Noctua", "pronuba", MOTH, 14.0, 0.5, _NIGHT, 1.5, (62, 50, 24)),
    Taxon("Lepidoptera", "Tortricidae", None, None, MOTH, 6.0, 0.7, (22.0,), 1.5, (70, 58, 26)),
    Taxon("Coleoptera", "Coccinellidae", "Harmonia", "axyridis", LADYBIRD, 6.2, 0.6, (13.0,), 2.5, (46, 22, 8)),
    Taxon("Coleoptera", "Carabidae", None, None, GROUND_BEETLE, 7.5, 0.5, (23.0,), 2.0, (22, 20, 12)),
    Taxon("Coleoptera", None, None, None, GROUND_BEETLE, 2.2, 1.5, (15.0,), 3.0, (26, 22, 12)),
    Taxon("Hymenoptera", "Formicidae", None, None, ANT, 4.2, 0.9, (17.0,), 1.5),
    Taxon("Hymenoptera", "Ichneumonidae", None, None, WASP, 7.5, 0.6, (11.0,), 2.5),
    Taxon("Hymenoptera", None, None, None, WASP, 1.9, 3.0, (13.0,), 3.0),
    Taxon("Neuroptera", "Chrysopidae", "Chrysoperla", "carnea", LACEWING, 9.0, 0.5, (22.5,), 1.5, (84, 92, 34)),
    Taxon("Hemiptera", "Aphididae", None, None, APHID, 1.9, 3.0, (9.0, 16.0), 2.0, (66, 66, 22)),
    Taxon("Hemiptera", "Cicadellidae", None, None, LEAFHOPPER, 3.6, 2.0, (20.0,), 2.0, (76, 78, 26)),
    Taxon("Thysanoptera", "Thripidae", "Frankliniella", "occidentalis", THRIPS, 1.3, 3.5, (12.0,), 2.5),
    Taxon("Diptera", "Syrphidae", None, None, FLY, 8.5, 0.9, (11.0,), 2.0, (70, 54, 18)),
    Taxon("Hymenoptera", "Halictidae", None, None, WASP, 6.0, 1.1, (12.5,), 1.8, (44, 40, 22)),
)

# What a place has more (or less) of than the average.
HABITATS: dict[str, dict[str, float]] = {
    "orchard": {"Diptera": 1.2, "Lepidoptera": 1.5, "Coleoptera": 1.2},
    "berry field": {"Diptera": 1.5, "Thysanoptera": 2.0, "Hemiptera": 1.4},
    "forest edge": {"Lepidoptera": 2.0, "Neuroptera": 2.0, "Thysanoptera": 0.2},
    "wet meadow": {"Diptera": 1.8, "Hymenoptera": 0.6, "Coleoptera": 0.6},
    "garden": {"Hymenoptera": 1.8, "Hemiptera": 1.6, "Coleoptera": 1.5},
}
