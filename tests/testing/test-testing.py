"""The harness from Python: mocks, figures, and the contract as one call. Usage: test-testing.py SOURCE-FOLDER"""
import sys
from pathlib import Path

try:
    import gi
except ImportError as missing:
    print(f"1..0 # SKIP {missing}")
    sys.exit(0)
gi.require_version("Sonde", "1")
gi.require_version("SondeTesting", "1")
from gi.repository import GLib, Sonde, SondeTesting

SOURCE = Path(sys.argv[1])


def check_mock():
    mock = SondeTesting.Mock.new_for_widths(2, [3, 5], 1, 4, SondeTesting.Pathology.ZERO_ROWS)
    frame = mock.new_frame(0, 1)
    assert frame.get_n_stages() == 2 and frame.get_n_rows() == 4
    values = memoryview(frame.get_tensor(1).get_bytes().get_data()).cast("f")
    assert len(values) == 20 and not any(values[:5]) and any(values[5:10])
    again = mock.new_frame_for_tensors(0, 1, [frame.get_tensor(0), frame.get_tensor(1)])
    assert again.get_tensor(1).get_bytes().get_data() == frame.get_tensor(1).get_bytes().get_data()
    assert mock.get_investigation().get_n_features(1) == 5


def check_run():
    registry = Sonde.Registry.new()
    mock = SondeTesting.Mock.new_for_widths(1, [6], 1, 8, SondeTesting.Pathology.RANDOM)
    analyzer = registry.create("distribution", Sonde.PluginKind.ANALYZER)
    result = mock.run([analyzer], None)
    assert SondeTesting.find_table(result, "activation-histogram").get_n_rows() > 0
    figure = SondeTesting.find_figure(result, "activation-histogram")
    assert SondeTesting.compare_figures(figure, figure, 0)
    assert SondeTesting.find_table(result, "another") is None


def check_model():
    model = SondeTesting.Model.new(2)
    model.add_site("mlp.in", None, 4, True)
    registry = Sonde.Registry.new()
    tap = registry.create("residual", Sonde.PluginKind.TAP)
    try:
        tap.list_stages(model)
    except GLib.Error as error:
        assert "A mock model" in error.message, error.message
    else:
        raise AssertionError("a model without its sites was taken")


def check_contract():
    registry = Sonde.Registry.new()
    assert "stages" in SondeTesting.list_checks(registry, "residual")
    assert SondeTesting.check_plugin(registry, "residual", str(SOURCE / "data/demo-model"))
    assert SondeTesting.run_check(registry, "residual", None, "stages")[0]
    try:
        SondeTesting.check_plugin(registry, "residual", "/no/such/model")
    except GLib.Error as error:
        assert "residual, outcome: " in error.message, error.message
    else:
        raise AssertionError("a model that is not there was looked at")


for check in (check_mock, check_run, check_model, check_contract):
    check()
# the rest is the contract's own TAP
sys.exit(SondeTesting.main([sys.argv[0]], "distribution", None))
