"""One YAML file of the playbook with the lines on which its fields stand, so that a mistake is named where it was made.

The reader of the playbook (`loader.py`) and of its phrases (`phrases.py`) are built on it.
"""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from app.errors import PlaybookError

T = TypeVar("T", bound=BaseModel)


class Source:
    """One YAML file with the lines on which its fields stand."""

    def __init__(self, path: Path, text: str | None = None) -> None:
        """Reads the file, or `text` for it; raises PlaybookError when it is not there, not YAML, or names one thing
        twice."""
        self.path = path
        try:
            text = path.read_text(encoding="utf-8") if text is None else text
            self._root = yaml.compose(text, Loader=yaml.SafeLoader)
            self.data: Any = yaml.safe_load(text)
            self._refuse_repeats(self._root)
        except (OSError, UnicodeDecodeError) as error:
            raise PlaybookError(f"{path}: cannot be read ({error})") from error
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = f", line {mark.line + 1}" if mark else ""
            raise PlaybookError(f"{path}{line}: not valid YAML: {getattr(error, 'problem', error)}") from error

    def line(self, *field: str | int) -> int:
        """The line of a field, or of the nearest thing above it that exists."""
        node, line = self._root, 1
        for step in field:
            if isinstance(node, yaml.MappingNode):
                pairs = [(key, value) for key, value in node.value if key.value == str(step)]
                if not pairs:
                    break
                line, node = pairs[0][0].start_mark.line + 1, pairs[0][1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                line = node.start_mark.line + 1
            else:
                break
        return line

    def error(self, message: str, *field: str | int) -> PlaybookError:
        """The error that names this file, the field and its line."""
        where = ".".join(str(step) for step in field)
        return PlaybookError(f"{self.path}, line {self.line(*field)}, {where or 'file'}: {message}")

    def parse(self, model: type[T]) -> T:
        """The file as `model`; raises PlaybookError for the first field that is wrong."""
        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            first = error.errors()[0]
            raise self.error(first["msg"], *first["loc"]) from error

    def _refuse_repeats(self, node: yaml.Node | None) -> None:
        """YAML lets the last of two equal keys win without a word, and a situation would be lost."""
        if isinstance(node, yaml.SequenceNode):
            for entry in node.value:
                self._refuse_repeats(entry)
        if not isinstance(node, yaml.MappingNode):
            return
        seen: dict[str, int] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in seen:
                raise PlaybookError(f"{self.path}, line {line}, {name}: stands on line {seen[name]} already")
            seen[name] = line
            self._refuse_repeats(value)
