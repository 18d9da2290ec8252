"""MX01's database: SQLite with Spanish names, the same bytes on every machine."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

from sample_erp.company import BUSINESS_DATE, OPEN_END, Site, positioned
from sample_erp.write_canonical import stock_types

Value = str | float | int | None

# Friday before the business date: the plant exports once a week.
EXPORTED_ON = BUSINESS_DATE - timedelta(days=3)
# SQLite writes its own version into bytes 96..99 of the header (fileformat2.html, 1.3.17); pinned here.
VERSION_OFFSET, VERSION = 96, 3_040_001

UNITS = {"pc": "PZA", "kg": "KG", "g": "G", "m": "M"}
PROCUREMENT = {"buy": "C", "make": "F", "both": "A"}
STOCK = {
    "unrestricted": "libre",
    "quality": "calidad",
    "blocked": "bloqueado",
    "transit": "transito",
    "consignment": "consignacion",
}
LICENCE = {
    "not_needed": "no_requerida",
    "needed": "requerida",
    "applied": "solicitada",
    "granted": "otorgada",
    "refused": "negada",
    "": None,
}
DEMAND = {"sales_order": "pedido", "forecast": "pronostico", "plan": "plan", "reservation": "reserva"}
FORMS = {
    "magnet": "iman",
    "oxide": "oxido",
    "compound": "compuesto",
    "alloy": "aleacion",
    "metal": "metal",
    "crystal": "cristal",
}
BOUNDS = {"exact": "exacto", "at_most": "maximo", "absent": "ausente"}

SCHEMA = {
    "articulos": "numero TEXT, descripcion TEXT, unidad TEXT, abastecimiento TEXT, fantasma INTEGER, granel INTEGER, "
    "activo INTEGER, es_producto INTEGER, plazo_dias REAL, dias_compra REAL, dias_recepcion REAL, "
    "existencia_seguridad REAL, lote_minimo REAL, multiplo REAL, costo REAL, precio_venta REAL, "
    "moneda TEXT, peso_g REAL, fraccion_arancelaria TEXT, codigo_control TEXT, pais_origen TEXT, "
    "fabricante TEXT, numero_fabricante TEXT, familia TEXT, responsable TEXT",
    "listas_materiales": "padre TEXT, componente TEXT, cantidad REAL, unidad TEXT, cantidad_base REAL, fija INTEGER, "
    "merma_pct REAL, rendimiento_pct REAL, vigente_desde TEXT, vigente_hasta TEXT, "
    "alternativa TEXT, uso TEXT, estado TEXT, grupo_alt TEXT, prioridad_alt REAL, "
    "porcentaje_alt REAL, tipo_linea TEXT, posicion TEXT",
    "existencias": "articulo TEXT, almacen TEXT, tipo TEXT, lote TEXT, cantidad REAL, unidad TEXT, fecha TEXT",
    "ordenes_compra": "orden TEXT, renglon TEXT, articulo TEXT, proveedor TEXT, cantidad_pendiente REAL, "
    "unidad TEXT, fecha_entrega TEXT, fecha_confirmada TEXT, fecha_embarque TEXT, "
    "pais_embarque TEXT, pais_origen TEXT, licencia TEXT, estado_licencia TEXT, "
    "licencia_vence TEXT, precio REAL, moneda TEXT, firme INTEGER",
    "demanda": "articulo TEXT, fecha TEXT, cantidad REAL, unidad TEXT, tipo TEXT, referencia TEXT",
    "consumos": "articulo TEXT, fecha TEXT, cantidad REAL, unidad TEXT",
    "proveedores": "proveedor TEXT, nombre TEXT, pais TEXT, grupo TEXT",
    "fuentes": "articulo TEXT, proveedor TEXT, pais_origen TEXT, pais_mina TEXT, pais_refinacion TEXT, "
    "pais_fundicion TEXT, material TEXT, reciclado INTEGER, porcentaje REAL, prioridad REAL, "
    "calificado INTEGER, plazo_dias REAL, desde TEXT, hasta TEXT, bloqueado INTEGER",
    "declaraciones": "articulo TEXT, numero_fabricante TEXT, proveedor TEXT, material TEXT, cas TEXT, forma TEXT, "
    "masa_g REAL, masa_pct REAL, limite TEXT, estado TEXT, fecha TEXT, documento TEXT",
}


def write_sqlite(site: Site, file: Path) -> None:
    """The site's database as one file of pinned page size and version, vacuumed, written in one go."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        for setting in ("page_size=4096", "journal_mode=OFF", "encoding='UTF-8'"):
            database.execute(f"PRAGMA {setting}")
        database.execute("BEGIN")
        for table, rows in _tables(site).items():
            columns = SCHEMA[table]
            marks = ", ".join("?" * len(columns.split(", ")))
            database.execute(f"CREATE TABLE {table} ({columns})")
            database.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
        database.execute("COMMIT")
        database.execute("VACUUM")
    content = bytearray(file.read_bytes())
    content[VERSION_OFFSET : VERSION_OFFSET + 4] = VERSION.to_bytes(4, "big")
    file.write_bytes(content)


def _day(value: date | None) -> str | None:
    return None if value is None or value == OPEN_END else value.isoformat()


def _flag(value: bool | None) -> int | None:
    return None if value is None else int(value)


def _blank(value: str) -> str | None:
    return value or None


def _tables(site: Site) -> dict[str, Iterable[tuple[Value, ...]]]:
    return {
        "articulos": _parts(site),
        "listas_materiales": _lines(site),
        "existencias": _stock(site),
        "ordenes_compra": _orders(site),
        "demanda": (
            (d.part_no, _day(d.on), d.quantity, UNITS[d.unit], DEMAND[d.kind], d.reference) for d in site.demand
        ),
        "consumos": ((i.part_no, _day(i.on), i.quantity, UNITS[i.unit]) for i in site.issues),
        "proveedores": ((s.supplier, s.name, s.country, _blank(s.parent_company)) for s in site.suppliers),
        "fuentes": _sourcing(site),
        "declaraciones": _declarations(site),
    }


def _parts(site: Site) -> Iterable[tuple[Value, ...]]:
    return (
        (
            p.part_no,
            p.description,
            UNITS[p.unit],
            PROCUREMENT[p.procurement],
            _flag(p.phantom),
            _flag(p.bulk),
            _flag(not p.deleted),
            _flag(p.is_product),
            p.lead_time_days,
            p.purchasing_days,
            p.receiving_days,
            p.safety_stock,
            p.min_order_qty,
            p.order_multiple,
            p.cost,
            p.revenue,
            "EUR",
            p.mass_g,
            _blank(p.hs_code),
            _blank(p.control_code),
            _blank(p.origin),
            _blank(p.manufacturer),
            _blank(p.mpn),
            _blank(p.category),
            _blank(p.owner),
        )
        for p in site.parts
    )


def _lines(site: Site) -> Iterable[tuple[Value, ...]]:
    return (
        (
            x.parent,
            x.component,
            x.quantity,
            UNITS[x.unit],
            x.base_quantity,
            _flag(x.fixed),
            x.scrap_pct,
            None,
            _day(x.valid_from),
            _day(x.valid_to),
            x.alternative,
            "produccion",
            "activa",
            _blank(x.alt_group),
            x.alt_priority,
            x.alt_share_pct,
            "normal",
            f"{x.position:04d}",
        )
        for x in positioned(site.lines)
    )


def _stock(site: Site) -> Iterable[tuple[Value, ...]]:
    return (
        (s.part_no, s.location, STOCK[kind], _blank(s.lot), float(quantity), UNITS[s.unit], _day(EXPORTED_ON))
        for s in site.stock
        for kind, quantity in stock_types(s)
    )


def _orders(site: Site) -> Iterable[tuple[Value, ...]]:
    return (
        (
            o.order_no,
            o.line,
            o.part_no,
            o.supplier,
            o.ordered - o.received,
            UNITS[o.unit],
            _day(o.due),
            _day(o.confirmed),
            _day(o.shipped_on),
            _blank(o.ship_from),
            _blank(o.origin),
            _blank(o.licence_no),
            LICENCE[o.licence_status],
            _day(o.licence_valid_to),
            o.price,
            "EUR",
            1,
        )
        for o in site.orders
    )


def _sourcing(site: Site) -> Iterable[tuple[Value, ...]]:
    return (
        (
            s.part_no,
            s.supplier,
            _blank(s.origin),
            _blank(s.mining),
            _blank(s.refining),
            _blank(s.melting),
            _blank(s.material),
            _flag(s.recycled),
            s.share_pct,
            s.priority,
            _flag(s.qualified),
            s.lead_time_days,
            _day(s.valid_from),
            _day(s.valid_to),
            _flag(s.blocked),
        )
        for s in site.sourcing
    )


def _declarations(site: Site) -> Iterable[tuple[Value, ...]]:
    return (
        (
            d.part_no,
            _blank(d.mpn),
            d.supplier,
            d.material,
            _blank(d.cas_no),
            FORMS[d.form],
            d.mass_g,
            d.mass_pct,
            BOUNDS[d.bound],
            "final" if d.status == "final" else "borrador",
            _day(d.declared_on),
            d.document,
        )
        for d in site.declarations
    )
