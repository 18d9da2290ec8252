"""The ordinary parts: screws, resistors, housings, cartons: what there is, before quantities and stock.

A family numbers its parts alike at every site, so S-0103 is the same screw in Germany, the United States and Mexico.
"""

from dataclasses import dataclass

from sample_erp.company import Supplier

LANGUAGES = {"DE01": 0, "US01": 1, "MX01": 2}


@dataclass(frozen=True, slots=True)
class Family:
    """A family of bought parts: ``names`` in German, English and Spanish, ``sizes`` in every language alike."""

    prefix: str
    kind: str
    names: tuple[str, str, str]
    sizes: tuple[str, ...]
    count: int
    cost: tuple[float, float]
    per_unit: tuple[float, ...]
    hs_code: str
    origins: tuple[str, str]
    unit: str = "pc"


FAMILIES = (
    Family(
        "R",
        "board",
        ("Widerstand", "Resistor", "Resistencia"),
        ("10R", "47R", "100R", "220R", "470R", "1k", "4k7", "10k"),
        24,
        (0.002, 0.02),
        (2, 4, 6, 12),
        "85332100",
        ("TW", "JP"),
    ),
    Family(
        "CF",
        "board",
        ("Folienkondensator", "Film capacitor", "Capacitor de película"),
        ("10 nF", "47 nF", "100 nF", "1 uF"),
        18,
        (0.02, 0.4),
        (1, 2, 4, 8),
        "85322500",
        ("DE", "MY"),
    ),
    Family(
        "U",
        "board",
        ("Schaltkreis", "Integrated circuit", "Circuito integrado"),
        ("5 V", "12 V", "24 V", "48 V"),
        18,
        (0.4, 9.0),
        (1, 1, 2),
        "85423190",
        ("MY", "US"),
    ),
    Family(
        "D",
        "board",
        ("Diode", "Diode", "Diodo"),
        ("40 V", "60 V", "100 V"),
        10,
        (0.03, 0.3),
        (1, 2, 4),
        "85411000",
        ("PH", "CN"),
    ),
    Family(
        "LD",
        "board",
        ("Speicherdrossel", "Inductor", "Inductor"),
        ("10 uH", "22 uH", "47 uH"),
        8,
        (0.1, 0.9),
        (1, 2),
        "85045000",
        ("TW", "CZ"),
    ),
    Family(
        "C",
        "wiring",
        ("Steckverbinder", "Connector", "Conector"),
        ("2P", "4P", "6P", "8P"),
        18,
        (0.2, 3.0),
        (1, 2),
        "85366990",
        ("TW", "DE"),
    ),
    Family(
        "CA",
        "wiring",
        ("Leitung", "Cable", "Cable"),
        ("1 mm2", "2 mm2", "4 mm2"),
        12,
        (0.3, 2.2),
        (0.25, 0.5, 1.2),
        "85444995",
        ("PL", "IT"),
        "m",
    ),
    Family(
        "PCB",
        "board",
        ("Leiterplatte", "Printed circuit board", "Circuito impreso"),
        ("2L", "4L", "6L"),
        12,
        (0.8, 7.0),
        (1,),
        "85340019",
        ("CN", "AT"),
    ),
    Family(
        "S",
        "housing",
        ("Schraube", "Screw", "Tornillo"),
        ("M3x8", "M3x12", "M4x10", "M4x16", "M5x20", "M6x25"),
        28,
        (0.01, 0.12),
        (2, 4, 6, 8),
        "73181595",
        ("DE", "CN"),
    ),
    Family(
        "MU",
        "housing",
        ("Mutter", "Nut", "Tuerca"),
        ("M3", "M4", "M5", "M6"),
        14,
        (0.01, 0.08),
        (2, 4),
        "73181692",
        ("DE", "IN"),
    ),
    Family(
        "HG",
        "housing",
        ("Gehäuseteil", "Housing part", "Carcasa"),
        ("1", "2", "3", "4"),
        22,
        (1.1, 14.0),
        (1, 1, 2),
        "76169990",
        ("CZ", "PL"),
    ),
    Family(
        "DI",
        "housing",
        ("Dichtring", "Gasket", "Junta"),
        ("12x2", "18x2", "24x3", "40x3"),
        12,
        (0.05, 0.6),
        (1, 2),
        "40169300",
        ("DE", "FR"),
    ),
    Family(
        "FE",
        "housing",
        ("Feder", "Spring", "Resorte"),
        ("4x10", "6x12", "10x20"),
        8,
        (0.05, 0.5),
        (1, 2),
        "73202081",
        ("DE", "IT"),
    ),
    Family(
        "ET",
        "packing",
        ("Etikett", "Label", "Etiqueta"),
        ("50x20", "70x30", "100x50"),
        12,
        (0.01, 0.05),
        (1, 2),
        "48211010",
        ("DE", "MX"),
    ),
    Family(
        "PK",
        "packing",
        ("Karton", "Carton", "Caja"),
        ("200x150", "300x200", "400x300"),
        12,
        (0.2, 1.8),
        (1,),
        "48191000",
        ("DE", "PL"),
    ),
    Family(
        "PO",
        "packing",
        ("Polster", "Foam insert", "Espuma"),
        ("A", "B", "C"),
        8,
        (0.2, 1.4),
        (1, 2),
        "39211310",
        ("DE", "NL"),
    ),
    Family(
        "GF",
        "packing",
        ("Fett", "Grease", "Grasa"),
        ("NLGI 1", "NLGI 2"),
        5,
        (0.01, 0.06),
        (1.5, 3.0, 5.0),
        "34031980",
        ("DE", "US"),
        "g",
    ),
)
SHARE_OF_FAMILY = {"DE01": 0.8, "US01": 0.55, "MX01": 0.4}

# What the products are put together from beside the story: number, names, kind of content, products it goes into.
ASSEMBLIES: dict[str, tuple[tuple[str, str, str, tuple[str, ...]], ...]] = {
    "DE01": (
        ("CU-0100", "Steuerung 100 W", "wiring", ("SD-100",)),
        ("CU-0200", "Steuerung 200/400 W", "wiring", ("SD-200", "SD-400")),
        ("BG-0101", "Leistungsplatine 100 W", "board", ("CU-0100",)),
        ("BG-0201", "Leistungsplatine 400 W", "board", ("CU-0200",)),
        ("BG-0110", "Reglerplatine", "board", ("CU-0100", "CU-0200")),
        ("PS-0024", "Netzteil 24 V", "board", ("SD-100", "SD-200", "SC-20")),
        ("FC-0500", "Flugsteuerung", "board", ("DR-500",)),
        ("EL-0010", "Leseplatine", "board", ("SC-10",)),
        ("EL-0020", "Abstandsplatine", "board", ("SC-20",)),
        ("KS-0500", "Kabelsatz Drohne", "wiring", ("DR-500", "SC-20")),
        ("GH-0100", "Gehäuse Servo klein", "housing", ("SD-100", "SD-200")),
        ("GH-0400", "Gehäuse Servo groß", "housing", ("SD-400",)),
        ("GH-0500", "Zelle Drohne", "housing", ("DR-500",)),
        ("GH-0010", "Gehäuse Handscanner", "housing", ("SC-10",)),
        ("GH-0020", "Gehäuse Laserscanner", "housing", ("SC-20",)),
        ("VP-0100", "Verpackung Servo", "packing", ("SD-100", "SD-200", "SD-400")),
        ("VP-0500", "Verpackung Drohne", "packing", ("DR-500",)),
        ("VP-0010", "Verpackung Scanner", "packing", ("SC-10", "SC-20")),
    ),
    "US01": (
        ("FC-0600", "Flight controller", "board", ("DR-600", "DR-650")),
        ("BG-0610", "Motor driver board", "board", ("FC-0600",)),
        ("EL-0030", "Ranging board", "board", ("SC-30",)),
        ("KS-0600", "Drone harness", "wiring", ("DR-600", "DR-650", "SC-30")),
        ("XO-0020", "Crossover 20 cm", "board", ("LS-20", "LS-30")),
        ("GH-0600", "Drone shell", "housing", ("DR-600", "DR-650")),
        ("GH-0030", "Scanner housing", "housing", ("SC-30",)),
        ("BK-0020", "Basket and cone", "housing", ("LS-20", "LS-30")),
        ("VP-0600", "Packing drone", "packing", ("DR-600", "DR-650")),
        ("VP-0020", "Packing audio", "packing", ("LS-20", "LS-30", "SC-30")),
    ),
    "MX01": (
        ("CU-0300", "Control 300 W", "wiring", ("SD-300", "SD-310")),
        ("BG-0301", "Placa de potencia", "board", ("CU-0300",)),
        ("BG-0110", "Placa reguladora", "board", ("CU-0300",)),
        ("GH-0300", "Carcasa servo", "housing", ("SD-300", "SD-310")),
        ("CN-0040", "Canasta y cono", "housing", ("LS-40", "LS-50")),
        ("VP-0300", "Empaque servo", "packing", ("SD-300", "SD-310")),
        ("VP-0040", "Empaque altavoz", "packing", ("LS-40", "LS-50")),
    ),
}

SUPPLIERS: dict[str, tuple[Supplier, Supplier]] = {
    "DE01": (Supplier("100201", "Normteile Weber GmbH", "DE"), Supplier("100202", "Elbe Komponenten s.r.o.", "CZ")),
    "US01": (Supplier("V-301", "Prairie Industrial Supply", "US"), Supplier("V-302", "Pacific Rim Components", "TW")),
    "MX01": (Supplier("P-401", "Suministros del Norte S.A.", "MX"), Supplier("P-402", "Border Components Inc.", "US")),
}
CATEGORIES = {
    "board": ("Elektronik", "Electronics", "Electrónica"),
    "wiring": ("Verkabelung", "Wiring", "Cableado"),
    "housing": ("Mechanik", "Mechanical", "Mecánica"),
    "packing": ("Verpackung", "Packing", "Empaque"),
}
