"""What Spanish listings say; every sentence is our own."""

import pytest

from tests.domain.extraction.reading import Facts, facts_of

# The Spanish rows of the acceptance table, read with and without their language.
ROWS: list[tuple[str, Facts]] = [
    ("tacón 5 cm, plataforma 2 cm", {"heel_height_mm": 50.0, "forefoot_height_mm": 20.0}),
    ("horma ancha, plantilla extraíble", {"width_options": "wide", "removable_insole": "yes"}),
]
SAID: list[tuple[str, Facts]] = [
    ("Altura del tacón: 6,5 cm", {"heel_height_mm": 65.0}),
    ("ALTURA DEL TACON: 6 CM", {"heel_height_mm": 60.0}),
    ("Altura del tacón (talla 38): 5 cm", {"heel_height_mm": 50.0}),
    ("Tacón de aprox. 8 cm", {"heel_height_mm": 80.0}),
    ("Tacón de 45 milímetros", {"heel_height_mm": 45.0}),
    ("Tacón de 3 pulgadas", {"heel_height_mm": 76.2}),
    ("5 cm de tacón", {"heel_height_mm": 50.0}),
    ("Tacón de aguja de 9 cm", {"heel_height_mm": 90.0, "heel_type": "stiletto"}),
    ("Sandalias de cuña, cuña de 6 cm", {"heel_height_mm": 60.0, "heel_type": "wedge"}),
    ("Plataforma de 2,5 cm", {"forefoot_height_mm": 25.0}),
    ("Tacón de menos de 5 cm", {"heel_height_mm": (0.0, 50.0)}),
    ("Altura de la caña: 28 cm, contorno de gemelo 36 cm", {"shaft_height_mm": 280.0}),
    ("Altura de la cana 28 cm", {"shaft_height_mm": 280.0}),
    ("Drop de 8 mm", {"drop_mm": 8.0}),
    ("Drop cero", {"drop_mm": 0.0}),
    (
        "Altura de la suela 38 mm, antepié 30 mm",
        {"stack_heel_mm": 38.0, "forefoot_height_mm": 30.0, "drop_mm": 8.0},
    ),
    ("Peso: 310 g", {"weight_g": 310.0}),
    ("Con soporte del arco", {"arch_support": "1 2 3"}),
    ("Soporte del arco firme", {"arch_support": "2 3"}),
    ("Sin soporte del arco", {"arch_support": "0"}),
    ("No tiene soporte del arco", {"arch_support": "0"}),
    ("Plantilla anatómica", {"arch_support": "1 2"}),
    ("Plantilla anatomica", {"arch_support": "1 2"}),
    ("Máxima amortiguación", {"cushioning": "2 3"}),
    ("Suela amortiguada", {"cushioning": "1 2 3"}),
    ("Sin amortiguacion", {"cushioning": "0"}),
    ("Amortiguación mínima", {"cushioning": "1 2 3"}),
    ("Mínima amortiguación", {"cushioning": "0 1"}),
    ("Talón amortiguado", {"cushioning": "1 2"}),
    ("Plantilla acolchada", {"cushioning": "1 2"}),
    ("Plantilla de memory foam", {"cushioning": "1 2", "insole_material": "memory_foam"}),
    ("Plantilla removible", {"removable_insole": "yes"}),
    ("Plantilla no extraíble", {"removable_insole": "no"}),
    ("Admite plantillas ortopédicas", {"orthotic_friendly": "yes"}),
    ("También en horma muy ancha", {"width_options": "extra_wide"}),
    ("Tacón plano", {"heel_type": "none"}),
    ("Sandalia sin tacón", {"heel_type": "none"}),
    ("Suela plana", {"heel_type": "none"}),
    ("Zuecos", {"fastening": "backless"}),
    ("Chancla", {"fastening": "backless"}),
    ("Cierre de velcro", {"fastening": "hook_loop"}),
    ("Zapatos de cordones", {"fastening": "lace_up"}),
    ("Punta redonda", {"toe_shape": "round"}),
    ("Cremallera de 20 cm en el tacón", {"fastening": "zip"}),
    ("Contrafuerte firme", {"heel_counter": "2"}),
]
NOT_SAID = [
    "Talón reforzado por dentro",
    "Talón de Aquiles",
    "Tacones altos para la noche",
    "Altura del tacón: 38",
    "Un plano de la ciudad",
    "En primer plano, la hebilla",
    "Caña de pescar de 21 cm",
    "Una caña y unas tapas",
    "Un suelo de 2 cm de corcho",
    "A 5 cm del suelo",
    "Sombrero de horma ancha",
    "Horma italiana",
    "La horma es nuestra",
    "Una plataforma digital para marcas",
    "Una plataforma de venta con 5 cm de margen",
    "Soporte técnico",
    "Soporte al cliente en 24 horas",
    "Soporte de tobillo",
    "Los colores del arco iris",
    "La caída de la noche",
    "Contorno de gemelo 36 cm",
    "Longitud interior 25 cm",
    "Talla 38, tacón a elegir",
    "5 mm de espuma en el tacón",
    "Combina bien con tacones de 9 cm",
    "La modelo mide 1,78 m y lleva tacones de 9 cm",
    "A diferencia de los zapatos con soporte del arco, este es flexible",
    "¿Tiene soporte del arco?",
    "Soporte del arco no incluido",
    "El soporte del arco se vende por separado",
    "Si necesita soporte del arco, use una plantilla",
    "Me encanta el tacón de 7 cm",
    "Opiniones de clientes:\nTacón de 7 cm, buena amortiguación",
    "Guía de tallas: tacón de 5 cm en la talla 38",
    "Cuidados:\nNo mojar la plantilla extraíble",
    "Envíos:\nCaja de 30 cm, peso 900 g",
    "Cuello acolchado",
    "Almohada de espuma viscoelástica",
    "El último drop de la temporada",
]


@pytest.mark.parametrize("language", ["es", "es-MX", ""])
@pytest.mark.parametrize(("text", "facts"), ROWS)
def test_reads_the_row_of_the_acceptance_table(text: str, facts: Facts, language: str) -> None:
    assert facts_of(text, language=language) == facts
    assert facts_of("", title=text, language=language) == facts


@pytest.mark.parametrize(("text", "facts"), SAID)
def test_reads_what_is_said(text: str, facts: Facts) -> None:
    assert facts_of(text, language="es") == facts


@pytest.mark.parametrize("text", NOT_SAID)
def test_reads_nothing_where_nothing_is_said(text: str) -> None:
    assert facts_of(text, language="es") == {}
    assert facts_of(text) == {}
