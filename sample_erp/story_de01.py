"""DE01, Germany: servo drives, an inspection drone and two scanners. The parts the story is about, by hand.

Weekly demand and quantities are small whole numbers so that answers.yaml can be checked on paper.
"""

from datetime import date

from sample_erp.company import OPEN_END, Declaration, Line, Order, Part, Site, Sourcing, Stock, Supplier

MAGNETS = "Magnete"
BUYER = "Einkauf Magnete"

PRODUCTS = [
    Part("SD-100", "Servoantrieb 100 W", procurement="make", cost=212, revenue=480, is_product=True,
         category="Servoantriebe"),
    Part("SD-200", "Servoantrieb 200 W", procurement="make", cost=268, revenue=620, is_product=True,
         category="Servoantriebe"),
    Part("SD-400", "Servoantrieb 400 W", procurement="make", cost=371, revenue=890, is_product=True,
         category="Servoantriebe"),
    Part("DR-500", "Inspektionsdrohne", procurement="make", cost=2310, revenue=5200, is_product=True,
         category="Drohnen"),
    Part("SC-10", "Handscanner", procurement="make", cost=590, revenue=1350, is_product=True, category="Scanner"),
    Part("SC-20", "Laserscanner 2D", procurement="make", cost=1190, revenue=2900, is_product=True, category="Scanner"),
]

ASSEMBLIES = [
    Part("GM-100", "Getriebeantrieb 100 W", procurement="make", category="Baugruppen"),
    Part("MO-4700", "Antriebsmotor 40 mm", procurement="make", category="Motoren"),
    Part("PH-4700", "Rotorsatz 40 mm (Phantom)", procurement="make", phantom=True, category="Baugruppen"),
    Part("RO-4710", "Rotor 40 mm", procurement="make", category="Baugruppen"),
    Part("RO-4712", "Rotor 40 mm, Ausführung 2", procurement="make", category="Baugruppen"),
    Part("ST-4700", "Stator 40 mm", procurement="make", category="Baugruppen"),
    Part("EN-4700", "Drehgeber 17 Bit", procurement="make", category="Baugruppen"),
    Part("PA-4700", "Drehgeberplatine bestückt", procurement="make", category="Elektronik"),
    Part("PM-4700", "Auswertemodul", procurement="make", category="Elektronik"),
    Part("HY-4700", "Hybridschaltung", procurement="make", category="Elektronik"),
    Part("MO-4720", "Antriebsmotor 60 mm", procurement="make", category="Motoren"),
    Part("RO-4720", "Rotor 60 mm", procurement="make", category="Baugruppen"),
    Part("ST-4720", "Stator 60 mm", procurement="make", category="Baugruppen"),
    Part("BR-0400", "Haltebremse 400 W", procurement="make", category="Baugruppen"),
    Part("MO-5100", "Spiegelantrieb", procurement="make", category="Motoren"),
    Part("GI-0500", "Kameraaufhängung", procurement="make", category="Baugruppen"),
    Part("HN-0010", "Kabelsatz Handscanner", procurement="make", category="Baugruppen"),
    Part("SP-9010", "Ersatzspule", procurement="make", revenue=35, category="Ersatzteile"),
    Part("FX-9001", "Prüfadapter", procurement="make", category="Betriebsmittel"),
    Part("FX-9002", "Prüfadapter Aufnahme", procurement="make", category="Betriebsmittel"),
]

BOUGHT = [
    Part("M-4711", "Magnet N42SH 20x10x5", lead_time_days=42, cost=3.8, hs_code="85051110", origin="CN",
         category=MAGNETS, owner=BUYER, min_order_qty=200, order_multiple=50),
    Part("M-4720", "Magnetsegment N38UH 25x8x4", lead_time_days=45, cost=4.6, hs_code="85051110",
         control_code="1C905.a", origin="CN", category=MAGNETS, owner=BUYER),
    Part("M-4740", "Magnet N40H 12x6x3", lead_time_days=40, cost=1.9, hs_code="85051110", category=MAGNETS,
         owner=BUYER),
    Part("M-5100", "SmCo26 Ring", lead_time_days=50, cost=11.2, mass_g=12.0, hs_code="85051110", origin="CN",
         category=MAGNETS, owner=BUYER),
    Part("M-4760", "Magnet 15x4 geklebt", lead_time_days=20, cost=0.9, category=MAGNETS, owner=BUYER),
    Part("M-4770", "Dauermagnet Ring", lead_time_days=20, cost=1.4, category=MAGNETS, owner=BUYER),
    Part("M-4790", "Magnet NdFeB", lead_time_days=30, cost=1.2, category=MAGNETS, owner=BUYER),
    Part("M-3600", "Magnet N45SH 15x8x4", lead_time_days=60, cost=4.1, hs_code="85051110", origin="JP",
         category=MAGNETS, owner=BUYER, manufacturer="Takefu Jishaku", mpn="TJ-N45SH-150804"),
    Part("M-4700", "Magnet N42SH 20x10x4 (ersetzt durch M-4711)", lead_time_days=42, cost=3.5, hs_code="85051110",
         origin="CN", category=MAGNETS, owner=BUYER),
    Part("M-4705", "Magnet N42SH Muster", lead_time_days=42, category=MAGNETS, deleted=True),
    Part("MO-4800", "Servomotor 40 W komplett", lead_time_days=35, cost=38, mass_g=310, hs_code="85015230",
         origin="CN", category="Motoren", owner="Einkauf Antriebe"),
    Part("V-7100", "Magnetventil 24V G1/4", lead_time_days=21, cost=17.5, mass_g=140, hs_code="84818099", origin="DE",
         category="Pneumatik"),
    Part("W-7000", "Kupferlackdraht 0,30 mm", unit="kg", lead_time_days=14, cost=14.2, hs_code="85441110", origin="DE",
         category="Draht"),
    Part("W-7010", "Kupferlackdraht (magnet wire) 0,50 mm", unit="kg", lead_time_days=14, cost=13.8,
         hs_code="85441110", origin="DE", category="Draht"),
    Part("W-7020", "Kupferlackdraht 0,80 mm", unit="kg", lead_time_days=14, cost=13.1, hs_code="85441110", origin="DE",
         category="Draht"),
    Part("W-7090", "Kupferschrott", unit="kg", cost=5.0, category="Abfall"),
    Part("FB-0101", "Ferrite bead 600R 0603", lead_time_days=28, cost=0.02, hs_code="85045000", origin="JP",
         category="Elektronik"),
    Part("D-5210", "N52 Motor Dichtung", lead_time_days=14, cost=0.6, hs_code="40169300", origin="DE",
         category="Dichtungen"),
    Part("SE-8100", "Sauerstoffsensor Keramik 8YSZ", lead_time_days=30, cost=21, hs_code="90271010", origin="JP",
         category="Sensoren"),
    Part("B-1200", "Rillenkugellager 608 Ausführung A", lead_time_days=30, cost=0.8, hs_code="84821010", origin="DE",
         category="Lager"),
    Part("B-1210", "Rillenkugellager 608 Ausführung B", lead_time_days=30, cost=0.7, hs_code="84821010", origin="IT",
         category="Lager"),
    Part("C-2040", "Steckverbinder M12 8-polig", lead_time_days=84, cost=6.4, hs_code="85366990", origin="TW",
         category="Steckverbinder", owner="Einkauf Elektronik"),
    Part("C-2050", "Steckverbinder M12 4-polig", lead_time_days=30, cost=3.9, hs_code="85366990", origin="TW",
         category="Steckverbinder", owner="Einkauf Elektronik"),
    Part("SH-4710", "Welle 40 mm", lead_time_days=21, cost=2.1, hs_code="84831095", origin="DE", category="Drehteile"),
    Part("SH-4720", "Welle 60 mm", lead_time_days=21, cost=3.2, hs_code="84831095", origin="DE", category="Drehteile"),
    Part("RG-4715", "Sensorring", lead_time_days=21, cost=1.1, origin="DE", category="Drehteile"),
    Part("LA-4700", "Blechpaket 40 mm", lead_time_days=28, cost=2.6, origin="DE", category="Blech"),
    Part("LA-4720", "Blechpaket 60 mm", lead_time_days=28, cost=3.9, origin="DE", category="Blech"),
    Part("KL-0025", "Klebstoff 2K", unit="g", lead_time_days=14, cost=0.09, origin="DE", category="Chemie"),
    Part("U-4700", "Auswertechip 17 Bit", lead_time_days=70, cost=2.9, hs_code="85423190", origin="MY",
         category="Elektronik"),
    Part("X-4790", "Muster Erstteilprüfung", lead_time_days=0, cost=1.0, category="Prüfung"),
]

LINES = [
    Line("SD-100", "GM-100"), Line("SD-100", "C-2050"),
    Line("SD-100", "MO-4700", usage="sales"),
    Line("GM-100", "MO-4700"),
    Line("SD-200", "MO-4700"), Line("SD-200", "C-2040", 2),
    Line("SD-400", "MO-4720"), Line("SD-400", "BR-0400"), Line("SD-400", "C-2040", 2), Line("SD-400", "V-7100"),
    Line("DR-500", "MO-4700", 4), Line("DR-500", "GI-0500"), Line("DR-500", "SE-8100"),
    Line("SC-10", "MO-4700"), Line("SC-10", "M-4760", 2), Line("SC-10", "HN-0010"),
    Line("SC-20", "MO-5100", 2), Line("SC-20", "M-4740", 4, scrap_pct=5), Line("SC-20", "M-4770"),
    Line("SC-20", "M-4790", 2), Line("SC-20", "D-5210"),
    # Two alternatives: production takes the first.
    Line("MO-4700", "PH-4700"), Line("MO-4700", "ST-4700"), Line("MO-4700", "EN-4700"),
    Line("MO-4700", "B-1200", 2, alt_group="A1", alt_priority=1, alt_share_pct=70),
    Line("MO-4700", "B-1210", 2, alt_group="A1", alt_priority=2, alt_share_pct=30),
    Line("MO-4700", "X-4790", 1, fixed=True),
    Line("MO-4700", "RO-4712", alternative="2"), Line("MO-4700", "ST-4700", alternative="2"),
    Line("PH-4700", "RO-4710"), Line("PH-4700", "KL-0025", 2.5, unit="g"),
    Line("RO-4710", "SH-4710"),
    Line("RO-4710", "M-4700", 4, valid_from=date(2021, 1, 1), valid_to=date(2024, 12, 31)),
    Line("RO-4710", "M-4711", 4, valid_from=date(2025, 1, 1), valid_to=OPEN_END),
    Line("RO-4710", "RG-4715", valid_from=date(2025, 7, 1), valid_to=OPEN_END),
    Line("RO-4710", "M-4705", 4, deleted=True),
    Line("RO-4712", "SH-4710"), Line("RO-4712", "M-3600", 4),
    Line("ST-4700", "LA-4700", 100, base_quantity=100), Line("ST-4700", "W-7000", 12.5, unit="kg", base_quantity=100),
    Line("ST-4700", "W-7090", -0.8, unit="kg", base_quantity=100, kind="by_product"),
    Line("EN-4700", "PA-4700"), Line("PA-4700", "PM-4700"), Line("PA-4700", "FB-0101", 6), Line("PM-4700", "HY-4700"),
    Line("HY-4700", "U-4700"),
    Line("MO-4720", "RO-4720"), Line("MO-4720", "ST-4720"),
    Line("RO-4720", "M-4720", 8), Line("RO-4720", "SH-4720"), Line("RO-4720", "M-4740", 8, active=False),
    Line("ST-4720", "LA-4720", 100, base_quantity=100), Line("ST-4720", "W-7000", 22.5, unit="kg", base_quantity=100),
    Line("BR-0400", "M-3600", 6),
    Line("MO-5100", "M-5100", 10, base_quantity=10), Line("MO-5100", "SH-4710", 10, base_quantity=10),
    Line("GI-0500", "MO-4800", 2),
    Line("HN-0010", "W-7010", 0.02, unit="kg"),
    Line("SP-9010", "W-7020", 0.35, unit="kg"),
    Line("FX-9001", "FX-9002"), Line("FX-9002", "FX-9001"),
]

WEEKLY = {"SD-100": 10.0, "SD-200": 7.0, "SD-400": 5.0, "DR-500": 1.0, "SC-10": 4.0, "SC-20": 5.0, "SP-9010": 2.0}

# Stock of made parts is zero unless it says otherwise here; PH-4700 is a phantom, so its 40 feed nothing.
STOCK = [
    Stock("M-4711", 500, quality=80, blocked=50, lot="C2403"), Stock("M-4711", 200, transit=60, consignment=120,
          location="0002"),
    Stock("M-4720", 220), Stock("M-4740", 168, quality=21), Stock("M-5100", 68, blocked=6),
    Stock("M-4760", 600), Stock("M-4770", 500), Stock("M-3600", 600), Stock("M-4700", 35),
    Stock("MO-4720", 10), Stock("PH-4700", 40), Stock("MO-4800", 110),
    Stock("V-7100", 240), Stock("W-7000", 240, unit="kg"), Stock("W-7010", 6, unit="ROL"), Stock("W-7020", -302.35,
          unit="kg"),
    Stock("FB-0101", 9000), Stock("D-5210", 300), Stock("SE-8100", 60), Stock("B-1200", 700), Stock("B-1210", 315),
    Stock("C-2040", 60), Stock("C-2050", 300), Stock("SH-4710", 2100), Stock("SH-4720", 300), Stock("RG-4715", 0),
    Stock("LA-4700", 1400), Stock("LA-4720", 300), Stock("KL-0025", 3500, unit="g"), Stock("U-4700", 1350),
    Stock("X-4790", 50), Stock("W-7090", 61.5, unit="kg"),
]

ORDERS = [
    Order("4500001201", "10", "M-4711", "100101", 800, date(2025, 5, 19), ship_from="CN", origin="CN",
          licence_status="applied", price=3.8),
    Order("4500001202", "10", "M-4720", "100102", 300, date(2025, 5, 26), received=100, ship_from="CN", origin="CN",
          licence_status="needed", price=4.6),
    Order("4500001203", "10", "M-5100", "100103", 60, date(2025, 6, 16), ship_from="CN", origin="CN", price=11.2),
    Order("4500001204", "10", "M-4740", "100110", 105, date(2025, 6, 2), price=1.9),
    Order("4500001205", "10", "M-3600", "100104", 150, date(2025, 6, 2), ship_from="JP", origin="JP",
          licence_status="not_needed", price=4.1),
    Order("4500001206", "10", "MO-4800", "100105", 40, date(2025, 6, 10), ship_from="CN", origin="CN", price=38),
    Order("4500001208", "10", "C-2040", "100106", 48, date(2025, 4, 14), ship_from="TW", origin="TW", price=6.4),
    Order("4500001209", "10", "C-2050", "100106", 100, None, ship_from="TW", origin="TW", price=3.9),
    Order("4500001210", "10", "V-7100", "100107", 60, date(2025, 5, 12), received=60, completed=True, origin="DE"),
    Order("4500001211", "10", "B-1200", "100108", 400, date(2025, 5, 5), deleted=True, origin="DE"),
    Order("4500001212", "10", "U-4700", "100109", 500, date(2025, 7, 7), received=120, confirmed=date(2025, 7, 21),
          ship_from="MY", origin="MY", price=2.9),
]

SUPPLIERS = [
    Supplier("100101", "Lanxi Kirin Magnetics Co.", "CN", "Kirin Group"),
    Supplier("100102", "Baoshan Heavy Magnet Co.", "CN"),
    Supplier("100103", "Mianzhu Cobalt Magnet Works", "CN"),
    Supplier("100104", "Takefu Jishaku K.K.", "JP"),
    Supplier("100105", "Dongli Motion Ltd.", "CN", "Dongli Holding"),
    Supplier("100106", "Hsinpu Connectors", "TW"),
    Supplier("100107", "Ventilbau Süd GmbH", "DE"),
    Supplier("100108", "Wälzlager Hartmann KG", "DE"),
    Supplier("100109", "Penang Silicon Sdn. Bhd.", "MY"),
    Supplier("100110", "Nordhandel Magnetteile GmbH", "DE", "Nordhandel AG"),
    Supplier("100111", "Yongtai Rotor Magnet Co.", "CN", "Kirin Group"),
    Supplier("100112", "Cuscinetti Brenta S.r.l.", "IT"),
]

SOURCING = [
    Sourcing("M-4711", "100101", "CN", 100, 1, True, 42, mining="CN", refining="CN", melting="CN", material="Dy"),
    Sourcing("M-4711", "100104", "JP", 0, 2, False, 90),
    Sourcing("M-4720", "100102", "CN", 60, 1, True, 45), Sourcing("M-4720", "100111", "CN", 40, 2, True, 50),
    Sourcing("M-4740", "100110", "", 100, 1, True, 40),
    Sourcing("M-5100", "100103", "CN", 100, 1, True, 50),
    Sourcing("M-4760", "100110", "", 100, 1, None, 20), Sourcing("M-4770", "100110", "", 100, 1, None, 20),
    Sourcing("M-4790", "100110", "", 100, 1, True, 30),
    Sourcing("M-3600", "100104", "JP", 100, 1, True, 60),
    Sourcing("M-4700", "100101", "CN", 100, 1, True, 42, valid_to=date(2024, 12, 31)),
    Sourcing("MO-4800", "100105", "CN", 100, 1, True, 35),
    Sourcing("C-2040", "100106", "TW", 70, 1, True, 84), Sourcing("C-2040", "100108", "DE", 30, 2, True, 84),
    Sourcing("C-2050", "100106", "TW", 70, 1, True, 30), Sourcing("C-2050", "100108", "DE", 30, 2, True, 30),
    Sourcing("U-4700", "100109", "MY", 100, 1, True, 70),
    *(Sourcing(part, "100107", "DE", 60, 1, True, 21) for part in ("V-7100", "D-5210", "SH-4710", "SH-4720",
                                                                   "RG-4715")),
    *(Sourcing(part, "100112", "IT", 40, 2, True, 28) for part in ("V-7100", "D-5210", "SH-4710", "SH-4720",
                                                                   "RG-4715")),
    *(Sourcing(part, "100108", "DE", 60, 1, True, 14)
      for part in ("W-7000", "W-7010", "W-7020", "B-1200", "B-1210", "LA-4700", "LA-4720", "KL-0025")),
    *(Sourcing(part, "100112", "IT", 40, 2, True, 20)
      for part in ("W-7000", "W-7010", "W-7020", "B-1200", "B-1210", "LA-4700", "LA-4720", "KL-0025")),
    Sourcing("FB-0101", "100104", "JP", 60, 1, True, 28), Sourcing("FB-0101", "100106", "TW", 40, 2, True, 28),
    Sourcing("SE-8100", "100104", "JP", 60, 1, True, 30), Sourcing("SE-8100", "100107", "DE", 40, 2, True, 30),
]

DECLARATIONS = [
    # A draft that would clear M-4711: only final declarations count.
    Declaration("M-4711", "100101", "Dy", "magnet", date(2025, 4, 20), "Entwurf-4711.pdf", bound="absent",
                status="draft"),
    Declaration("M-3600", "100104", "Dy", "magnet", date(2024, 9, 2), "TJ-2024-118.pdf", mass_g=0.10,
                cas_no="7429-91-6"),
    Declaration("M-3600", "100104", "Tb", "magnet", date(2024, 9, 2), "TJ-2024-118.pdf", bound="absent",
                cas_no="7440-27-9"),
    Declaration("MO-4800", "100105", "Dy", "magnet", date(2024, 11, 5), "DL-4800-MD.pdf", mass_g=1.2),
    Declaration("SE-8100", "100104", "Y", "compound", date(2024, 3, 14), "YSZ-8100.pdf", mass_g=0.25),
]


def de01() -> Site:
    """The story's part of DE01, without the ordinary parts."""
    return Site("DE01", [*PRODUCTS, *ASSEMBLIES, *BOUGHT], list(LINES), list(STOCK), list(ORDERS), dict(WEEKLY),
                suppliers=list(SUPPLIERS), sourcing=list(SOURCING), declarations=list(DECLARATIONS))
