"""DE01's lists, as a German ERP system writes them: cp1252, semicolons, decimal commas, minus behind the number.

A few lines are damaged on purpose (``BAD_ROWS``), all of them about labels, cartons and screws that no story needs.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from sample_erp.company import BUSINESS_DATE, Site, Stock, positioned

Row = tuple[str, ...]

UNITS = {"pc": "ST", "kg": "KG", "g": "G", "m": "M", "ROL": "ROL"}
PROCUREMENT = {"make": "E", "buy": "F", "both": "X"}
LICENCE = {
    "not_needed": "nicht erforderlich",
    "needed": "erforderlich",
    "applied": "beantragt",
    "granted": "erteilt",
    "refused": "abgelehnt",
    "": "",
}
DEMAND = {"sales_order": "Kundenauftrag", "forecast": "Prognose", "plan": "Plan", "reservation": "Reservierung"}
FORMS = {
    "oxide": "Oxid",
    "compound": "Verbindung",
    "alloy": "Legierung",
    "metal": "Metall",
    "magnet": "Magnet",
    "crystal": "Kristall",
}
BOUNDS = {"exact": "exakt", "at_most": "höchstens", "absent": "nicht enthalten"}

BAD_ROWS: Mapping[str, tuple[Row, ...]] = {
    "Bestellungen.csv": (
        (
            "4500009901",
            "10",
            "ET-0101",
            "DE01",
            "100201",
            "n.v.",
            "0,000",
            "ST",
            "19.05.2025",
            "00.00.0000",
            "00.00.0000",
            "DE",
            "DE",
            "",
            "",
            "00.00.0000",
            "0,03",
            "EUR",
            "",
            "",
        ),
    ),
    "Bedarf.csv": (("PK-0102", "DE01", "12.05.2025", "6,000", "ST", "Prognose", "FC-202520", "Ersatz; 2. Wahl"),),
    "Verbrauch.csv": (
        ("ET-0102", "DE01", "31.02.2025", "40,000", "ST"),
        ("S-0101", "DE01", "12.02.2025", "1.2.3,4", "ST"),
    ),
}


def number(value: float | None, digits: int = 3) -> str:
    """``-1302.35`` as ``1.302,350-``; blank when not known."""
    if value is None:
        return ""
    text = f"{abs(value):,.{digits}f}".translate(str.maketrans(",.", ".,"))
    return f"{text}-" if value < 0 else text


def day(value: date | None) -> str:
    return "00.00.0000" if value is None else value.strftime("%d.%m.%Y")


def flag(value: bool) -> str:
    return "X" if value else ""


def yes_no(value: bool | None) -> str:
    return "" if value is None else "J" if value else "N"


def _whole(value: float | None) -> str:
    return "" if value is None else number(value, 0)


def write_german(site: Site, folder: Path) -> None:
    """All nine lists of the site into the folder."""
    tables: dict[str, tuple[str, Iterable[Row]]] = {
        "Materialstamm.csv": _parts(site),
        "Stueckliste.csv": _lines(site),
        "Bestand.csv": _stock(site),
        "Bestellungen.csv": _orders(site),
        "Bedarf.csv": _demand(site),
        "Verbrauch.csv": _issues(site),
        "Lieferanten.csv": _suppliers(site),
        "Bezugsquellen.csv": _sourcing(site),
        "Materialdeklarationen.csv": _declarations(site),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, (header, rows) in tables.items():
        lines = [header, *(";".join(row) for row in (*rows, *BAD_ROWS.get(name, ())))]
        if name == "Bestand.csv":
            lines = [f"Bestandsliste Werk {site.name} - Stand {day(BUSINESS_DATE)}", "", *lines]
        (folder / name).write_bytes("".join(f"{line}\r\n" for line in lines).encode("cp1252"))


def _parts(site: Site) -> tuple[str, Iterable[Row]]:
    header = (
        "Material;Werk;Materialkurztext;Basis-ME;Beschaffungsart;Sonderbeschaffung;Schüttgut;Verkaufsfähig;"
        "Planlieferzeit;Bearb.zeit Einkauf;WE-Bearb.zeit;Sicherheitsbestand;Mindestlosgröße;Rundungswert;"
        "Bewertungspreis;Verkaufspreis;Währung;Nettogewicht G;Warennummer;AL-Nummer;Ursprungsland;Hersteller;"
        "Hersteller-Teilenr.;Warengruppe;Disponent;Löschkz."
    )
    return header, (
        (
            p.part_no,
            site.name,
            p.description,
            UNITS[p.unit],
            PROCUREMENT[p.procurement],
            "50" if p.phantom else "",
            flag(p.bulk),
            flag(p.is_product),
            _whole(p.lead_time_days),
            _whole(p.purchasing_days),
            _whole(p.receiving_days),
            number(p.safety_stock),
            number(p.min_order_qty),
            number(p.order_multiple),
            number(p.cost),
            number(p.revenue, 2),
            "EUR",
            number(p.mass_g),
            p.hs_code,
            p.control_code,
            p.origin,
            p.manufacturer,
            p.mpn,
            p.category,
            p.owner,
            flag(p.deleted),
        )
        for p in site.parts
    )


def _lines(site: Site) -> tuple[str, Iterable[Row]]:
    header = (
        "MATNR;WERKS;STLAN;STLAL;STLST;BMENG;POSNR;POSTP;IDNRK;MENGE;MEINS;FMENG;AUSCH;SCHGT;DATUV;DATUB;ALPGR;"
        "ALPRF;EWAHR;LKENZ"
    )
    return header, (
        (
            x.parent,
            site.name,
            "1" if x.usage == "production" else "5",
            x.alternative,
            "1" if x.active else "2",
            number(x.base_quantity),
            f"{x.position:04d}",
            "L",
            x.component,
            number(x.quantity),
            UNITS[x.unit],
            flag(x.fixed),
            number(x.scrap_pct, 2),
            flag(x.kind == "bulk"),
            day(x.valid_from),
            day(x.valid_to),
            x.alt_group,
            _whole(x.alt_priority),
            number(x.alt_share_pct, 2),
            flag(x.deleted),
        )
        for x in positioned(site.lines)
    )


def _stock(site: Site) -> tuple[str, Iterable[Row]]:
    header = (
        "Material;Werk;Lagerort;Charge;Frei verwendbar;Qualitätsprüfung;Gesperrt;Umlagerung;Konsignation;Basis-ME;Stand"
    )
    rows = [
        (s.part_no, site.name, s.location, s.lot, *map(number, _by_type(s)), UNITS[s.unit], day(BUSINESS_DATE))
        for s in site.stock
    ]
    sums = map(sum, zip(*map(_by_type, site.stock), strict=True))
    return header, [*rows, (f"* Summe {site.name}", "", "", "", *map(number, sums), "", "")]


def _by_type(stock: Stock) -> tuple[float, ...]:
    return stock.unrestricted, stock.quality, stock.blocked, stock.transit, stock.consignment


def _orders(site: Site) -> tuple[str, Iterable[Row]]:
    header = (
        "Bestellung;Position;Material;Werk;Lieferant;Bestellmenge;Gelieferte Menge;Bestell-ME;Liefertermin;"
        "Bestätigt;Versandt am;Versandland;Ursprungsland;Genehmigungsnr.;Genehmigungsstatus;Genehmigung bis;"
        "Nettopreis;Währung;Endlieferung;Löschkz."
    )
    return header, (
        (
            o.order_no,
            o.line,
            o.part_no,
            site.name,
            o.supplier,
            number(o.ordered),
            number(o.received),
            UNITS[o.unit],
            day(o.due),
            day(o.confirmed),
            day(o.shipped_on),
            o.ship_from,
            o.origin,
            o.licence_no,
            LICENCE[o.licence_status],
            day(o.licence_valid_to),
            number(o.price),
            "EUR",
            flag(o.completed),
            flag(o.deleted),
        )
        for o in site.orders
    )


def _demand(site: Site) -> tuple[str, Iterable[Row]]:
    return "Material;Werk;Bedarfsdatum;Bedarfsmenge;ME;Bedarfsart;Beleg", (
        (d.part_no, site.name, day(d.on), number(d.quantity), UNITS[d.unit], DEMAND[d.kind], d.reference)
        for d in site.demand
    )


def _issues(site: Site) -> tuple[str, Iterable[Row]]:
    return "Material;Werk;Buchungsdatum;Menge;ME", (
        (i.part_no, site.name, day(i.on), number(i.quantity), UNITS[i.unit]) for i in site.issues
    )


def _suppliers(site: Site) -> tuple[str, Iterable[Row]]:
    return "Lieferant;Name;Land;Konzern", ((s.supplier, s.name, s.country, s.parent_company) for s in site.suppliers)


def _sourcing(site: Site) -> tuple[str, Iterable[Row]]:
    header = (
        "Material;Werk;Lieferant;Ursprungsland;Abbauland;Raffinationsland;Schmelzland;Stoff;Rezyklat;Quote %;"
        "Rang;Freigegeben;Lieferzeit Tage;Gültig ab;Gültig bis;Gesperrt"
    )
    return header, (
        (
            s.part_no,
            site.name,
            s.supplier,
            s.origin,
            s.mining,
            s.refining,
            s.melting,
            s.material,
            yes_no(s.recycled),
            number(s.share_pct, 2),
            _whole(s.priority),
            yes_no(s.qualified),
            _whole(s.lead_time_days),
            day(s.valid_from),
            day(s.valid_to),
            yes_no(s.blocked),
        )
        for s in site.sourcing
    )


def _declarations(site: Site) -> tuple[str, Iterable[Row]]:
    header = "Material;Hersteller-Teilenr.;Lieferant;Stoff;CAS-Nr.;Form;Masse g;Anteil %;Angabe;Status;Datum;Dokument"
    return header, (
        (
            d.part_no,
            d.mpn,
            d.supplier,
            d.material,
            d.cas_no,
            FORMS[d.form],
            number(d.mass_g),
            number(d.mass_pct, 2),
            BOUNDS[d.bound],
            "endgültig" if d.status == "final" else "Entwurf",
            day(d.declared_on),
            d.document,
        )
        for d in site.declarations
    )
