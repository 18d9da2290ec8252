"""How a command ends, whatever it was: without a secret in its words."""

import pytest

from riskplug.cli import main
from riskplug.errors import UsageError
from riskplug.secrets import SecretRef


@pytest.mark.parametrize(("error", "code"), [(RuntimeError, 70), (UsageError, 2)])
def test_an_error_of_any_command_tells_no_secret(
    error: type[Exception], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOKEN", "CANARY-token-1")
    token = SecretRef(env="TOKEN").resolve().get_secret_value()

    def fails() -> None:
        raise error(f"refused {token}")

    monkeypatch.setattr("riskplug.cli.app.of_word", lambda whole, word: fails)
    monkeypatch.setattr("sys.argv", ["riskplug"])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert ended.value.code == code
    assert "refused ***" in said.err and "CANARY" not in said.err + said.out
