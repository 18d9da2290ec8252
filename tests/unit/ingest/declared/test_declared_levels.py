"""Masses down the levels of a product: counts, units, sums, and what stays unknown."""

import pytest

from riskplug.ingest.declared import DeclarationFile, declarations_in, shipped_substances

SUBSTANCE = '<Substance name="{}"><SubstanceID identity="{}" authority="CAS"/><Amount value="{}" UOM="{}"/></Substance>'


def material(*substances: str, mass: str = '<Amount value="10" UOM="g"/>', name: str = "Alloy") -> str:
    inside = "".join(substances)
    return (
        "<MaterialInfo><HomogeneousMaterialList>"
        f'<HomogeneousMaterial name="{name}">{mass}{inside}</HomogeneousMaterial>'
        "</HomogeneousMaterialList></MaterialInfo>"
    )


def nd(value: str, unit: str = "massPercent") -> str:
    return SUBSTANCE.format("Neodymium", "7440-00-8", value, unit)


def read(inside: str, product: str = 'unitType="Each"', mass: str = '<Amount value="100" UOM="g"/>') -> DeclarationFile:
    text = (
        f'<MainDeclaration xmlns="http://webstds.ipc.org/175x/2.0"><Product {product}>'
        f'<ProductID itemNumber="P">{mass}</ProductID>{inside}</Product></MainDeclaration>'
    )
    made = declarations_in(text.encode(), "x.xml", shipped_substances())
    assert made.rows.num_rows + len(made.rejects) + sum(made.dropped.values()) == made.elements
    return made


def sub(inside: str, count: str = "", mass: str = "") -> str:
    return f"<SubProduct {count}><ProductID>{mass}</ProductID>{inside}</SubProduct>"


def only(made: DeclarationFile) -> tuple[float | None, float | None, str]:
    (row,) = made.rows.to_pylist()
    mass, pct = (None if row[name] is None else float(row[name]) for name in ("mass_g", "mass_pct"))
    return mass, pct, row["bound"]


def test_counts_multiply_down_the_levels() -> None:
    inner = sub(material(nd("10")), 'numberOfInstances="3"')
    assert only(read(sub(inner, 'quantity="2"'))) == (6.0, None, "exact")  # 2 x 3 x 10 g x 10 %


@pytest.mark.parametrize("count", ["", 'numberOfInstances=""'])
def test_a_sub_product_of_unknown_count_leaves_the_mass_unknown_never_that_of_one(count: str) -> None:
    assert only(read(sub(material(nd("10")), count))) == (None, None, "exact")


def test_an_unknown_count_below_makes_the_sum_unknown() -> None:
    made = read(material(nd("10")) + sub(material(nd("10"))))
    assert only(made) == (None, None, "exact")


def test_shares_without_a_mass_of_the_material_stay_unknown() -> None:
    assert only(read(material(nd("10"), mass=""))) == (None, None, "exact")


def test_a_product_without_a_mass_tells_shares_of_itself() -> None:
    made = read(material(nd("10"), mass='<Amount value="20" UOM="massPercent"/>'), mass="")
    assert only(made) == (None, 2.0, "exact")  # 20 % x 10 %


@pytest.mark.parametrize("product", ['unitType="kg"', 'unitType="Each" numberOfInstances="50"'])
def test_masses_of_another_unit_than_one_piece_become_shares(product: str) -> None:
    assert only(read(material(nd("10")), product)) == (None, 1.0, "exact")  # 1 g of 100 g


def test_a_sum_over_100_percent_rejects_the_material_and_no_other() -> None:
    made = read(material(nd("60"), nd("41"), name="Bad") + material(nd("10"), name="Good"))
    assert [each.reason for each in made.rejects] == ["substances of Bad add up to 101 % of it"] * 2
    assert only(made) == (None, None, "exact")  # the bad material's part is missing


def test_rounding_alone_is_no_contradiction() -> None:
    iron = '<Substance name="Iron"><Amount value="{}" UOM="massPercent"/></Substance>'
    thirds = [nd("33.4"), iron.format("33.3"), iron.format("33.4")]
    assert not read(material(*thirds)).rejects  # 100.1 %, three figures rounded by up to 0.05 each
    assert len(read(material(nd("33.40"), iron.format("33.30"), iron.format("33.40"))).rejects) == 3


def test_absolute_masses_count_into_the_sum() -> None:
    made = read(material(nd("9", "g"), nd("20")))
    assert [each.reason for each in made.rejects] == ["substances of Alloy add up to 110 % of it"] * 2


def test_materials_heavier_than_the_product_are_rejected() -> None:
    made = read(sub(material(nd("10"), mass='<Amount value="60" UOM="g"/>'), 'numberOfInstances="2"'))
    assert made.rows.num_rows == 0
    assert made.rejects[0].reason == "materials weigh 120 g together, the product 100 g"


def test_a_mass_that_cannot_be_read_rejects_what_is_a_share_of_it_only() -> None:
    made = read(material(nd("10"), mass='<Amount value="2,5" UOM="g"/>'))
    assert "decimal comma" in made.rejects[0].reason
    assert only(read(material(nd("1", "g"), mass='<Amount value="2,5" UOM="g"/>'))) == (1.0, None, "exact")


def test_two_cas_numbers_of_one_form_are_added_as_the_element() -> None:
    oxides = [SUBSTANCE.format("Terbium oxide", number, "1", "g") for number in ("12037-01-3", "12738-76-0")]
    (row,) = read(material(*oxides)).rows.to_pylist()
    assert row["cas_no"] is None
    assert float(row["mass_g"]) == pytest.approx(2 * 0.8502)  # Tb4O7: 4 x 158.925 / 747.697


def test_a_formula_without_a_cas_number_is_converted_here_once() -> None:
    made = read(material('<Substance name="Nd2O3"><Amount value="1" UOM="g"/></Substance>'))
    (row,) = made.rows.to_pylist()
    assert (row["cas_no"], float(row["mass_g"]), row["form"]) == (None, pytest.approx(0.8574), "oxide")


def test_an_upper_bound_beside_an_exact_mass_leaves_a_present_material_of_unknown_mass() -> None:
    assert only(read(material(nd("10"), nd("&lt;1")))) == (None, None, "exact")


def test_a_product_without_a_number_keeps_no_row() -> None:
    text = (
        '<MainDeclaration><Product><ProductID itemName="Nameless"/>'
        + material(nd("1"))
        + "</Product></MainDeclaration>"
    )
    made = declarations_in(text.encode(), "x.xml", shipped_substances())
    assert made.rows.num_rows == 0
    assert made.rejects[0].reason == "the product has no number"


def test_a_request_without_an_answer_is_not_final() -> None:
    business = '<BusinessInfo mode="Request/Reply"><Request date="2025-01-01"/></BusinessInfo>'
    product = f'<Product><ProductID itemNumber="P"/>{material(nd("1"))}</Product>'
    text = f"<MainDeclaration>{business}{product}</MainDeclaration>"
    (row,) = declarations_in(text.encode(), "x.xml", shipped_substances()).rows.to_pylist()
    assert (row["status"], row["declared_on"]) == ("request", None)


@pytest.mark.parametrize("prefix", ["", "i:"])
def test_prefixes_do_not_matter(prefix: str) -> None:
    colon = f":{prefix[:-1]}" if prefix else ""
    text = (
        f'<{prefix}MainDeclaration xmlns{colon}="http://webstds.ipc.org/175x/2.0"><{prefix}Product>'
        f'<{prefix}ProductID itemNumber="P"/><{prefix}MaterialInfo><{prefix}HomogeneousMaterial name="A">'
        f'<{prefix}Substance name="Neodymium" {prefix}value="1" UOM="g"/>'
        f"</{prefix}HomogeneousMaterial></{prefix}MaterialInfo></{prefix}Product></{prefix}MainDeclaration>"
    )
    assert only(declarations_in(text.encode(), "x.xml", shipped_substances())) == (1.0, None, "exact")


def test_a_listed_mass_heavier_than_the_product_is_rejected() -> None:
    listed = f"<MaterialInfo><SubstanceCategoryList>{nd('200', 'g')}</SubstanceCategoryList></MaterialInfo>"
    assert read(listed).rejects[0].reason == "200 g in one product of 100 g"


def test_a_listed_compound_tells_its_element_and_not_all_of_its_mass() -> None:
    """A list of declarable substances leaves out the metal and every other compound."""
    one = SUBSTANCE.format("Neodymium oxide", "1313-97-9", "5", "mg")
    listed = f"<MaterialInfo><SubstanceCategoryList>{one}</SubstanceCategoryList></MaterialInfo>"
    assert only(read(listed)) == (None, None, "exact")
    assert only(read(material(one))) == (0.005, None, "exact")  # class D: all of the material is declared


def test_a_product_level_figure_gives_way_to_the_detail_of_the_materials() -> None:
    listed = f"<MaterialInfo><SubstanceCategoryList>{nd('5')}</SubstanceCategoryList></MaterialInfo>"
    assert only(read(listed)) == (5.0, None, "exact")  # 5 % of the product's 100 g
    assert only(read(listed + material(nd("10")))) == (1.0, None, "exact")


def test_a_material_group_with_a_mass_is_a_hint_only() -> None:
    group = '<MaterialGroup name="Rare earth magnets"><Amount value="3" UOM="g"/></MaterialGroup>'
    made = read(f"<MaterialInfo>{group}</MaterialInfo>")
    assert made.rows.num_rows == 0
    assert list(made.suspicions["material"]) == ["REE"]
    assert "nothing is known" in made.rejects[0].reason


def iec(inside: str) -> DeclarationFile:
    text = (
        '<Main xmlns="http://std.iec.ch/iec62474"><Product unitType="each"><ProductID identifier="P">'
        f'<Mass mass="100" unitOfMeasure="g"/></ProductID>{inside}</Product></Main>'
    )
    return declarations_in(text.encode(), "x.xml", shipped_substances())


def test_a_material_class_with_substances_of_its_own_is_a_material() -> None:
    half = '<UniqueID authority="CAS" identity="7440-33-7"/><MassPercent massPercent="50"/>'
    substance = f'<Substance name="Tungsten">{half}</Substance>'
    made = iec(f'<MaterialClass name="Metals"><Mass mass="4" unitOfMeasure="g"/>{substance}</MaterialClass>')
    assert only(made) == (2.0, None, "exact")
    assert made.elements == 1


def test_a_material_class_with_a_mass_only_is_a_hint() -> None:
    made = iec('<MaterialClass name="NdFeB"><Mass mass="4" unitOfMeasure="g"/></MaterialClass>')
    assert list(made.suspicions["material"]) == ["Nd", "B"]
    assert made.elements == 2  # the class, and the product of which no substance is declared


@pytest.mark.parametrize("number", ["-", "N/A", "proprietary", ""])
def test_a_placeholder_is_no_wrong_cas_number(number: str) -> None:
    made = read(material(SUBSTANCE.format("Neodymium", number, "1", "g"), SUBSTANCE.format("Others", number, "1", "g")))
    assert only(made) == (1.0, None, "exact")
    assert dict(made.dropped) == {"substance not disclosed": 1}


def test_a_cas_number_in_another_shape_is_rejected() -> None:
    made = read(material(SUBSTANCE.format("Neodymium", "7440-0033-8", "1", "g")))
    assert [(each.value, each.reason) for each in made.rejects] == [("Neodymium: 7440-0033-8", "not a CAS number")]


@pytest.mark.parametrize("unit", ["Each", "each", "", "EA", "pcs", "ST"])
def test_a_mass_per_piece_is_the_mass_of_a_base_unit(unit: str) -> None:
    assert only(read(material(nd("10")), f'unitType="{unit}"')) == (1.0, None, "exact")
