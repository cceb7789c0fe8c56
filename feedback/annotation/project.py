"""The project in Label Studio: made where it is missing, brought up to date where it is there.

What is known of it (which one it is, from where to look next) is kept in our database; another project, also one of the
same number in a database that was made anew, is looked at from the beginning.
"""

from dataclasses import dataclass
from datetime import datetime

from app.domain.review import WEBHOOK_HEADER
from app.errors import ConfigurationError
from app.ports import ManifestStore
from feedback.annotation.intake import FROM_THE_BEGINNING
from feedback.annotation.label_studio import LabelStudio, Project, Refused
from feedback.annotation.labels import LabelConfig

_KEY = "label-studio"
_INSTRUCTION = (
    "<p>Read what was said, then the draft. <b>Approve</b> it when you would send it as it is, <b>edit</b> it when it "
    "needs other words, <b>reject</b> it when it must not be sent.</p>"
    "<p>Names, numbers and dates stand as slots such as {order_id}: the right ones are put in for each customer.</p>"
)


@dataclass(frozen=True, slots=True)
class Known:
    """What we remember of the project."""

    project: Project
    cursor: datetime
    webhook_url: str


class Projects:
    """Makes sure that the project is there and is ours."""

    def __init__(
        self, tool: LabelStudio, manifests: ManifestStore, config: LabelConfig, title: str, annotators: int
    ) -> None:
        """`annotators`: how many are asked about a task."""
        self._tool = tool
        self._manifests = manifests
        self._config = config
        self._title = title
        self._annotators = annotators

    def set_up(self, webhook_url: str, secret: str) -> tuple[Project, bool]:
        """Makes the project, or brings it up to date; gives whether it is new. Raises LabelStudioDown, and
        ConfigurationError when annotations stand in the way of the label config."""
        project = self._tool.find_project(self._title)
        fresh = project is None
        settings = {
            "title": self._title,
            "label_config": self._config.xml,
            "expert_instruction": _INSTRUCTION,
            "show_instruction": False,
            "show_skip_button": True,
            "enable_empty_annotation": False,
            "reveal_preannotations_interactively": False,
            "show_collab_predictions": True,
            "sampling": "Uncertainty sampling",
            "maximum_annotations": self._annotators,
        }
        if project is None:
            project = self._tool.create_project(settings)
        else:
            try:
                self._tool.change_project(project.id, settings)
            except Refused as error:
                raise ConfigurationError(
                    "Label Studio refuses the label config: annotations use labels that it does not have any more"
                ) from error
        if webhook_url and secret:
            self._tool.set_webhook(project.id, webhook_url, {WEBHOOK_HEADER: secret})
        known = self._read()
        same = known is not None and (known.project.id, known.project.made_at) == (project.id, project.made_at)
        self._keep(Known(project, known.cursor if known and same else FROM_THE_BEGINNING, webhook_url))
        return project, fresh

    def ready(self, secret: str) -> Known:
        """The project as it is there now; made again when it is gone. Raises LabelStudioDown, Refused."""
        known = self._read()
        there = self._tool.find_project(self._title)
        if known is not None and there is not None and there.made_at == known.project.made_at:
            return Known(there, known.cursor, known.webhook_url)
        self.set_up(known.webhook_url if known else "", secret)
        again = self._read()
        assert again is not None  # noqa: S101 - just kept
        return again

    def keep_cursor(self, known: Known, cursor: datetime) -> None:
        """From where to look next time."""
        self._keep(Known(known.project, cursor, known.webhook_url))

    def show_first(self, known: Known, model_version: str) -> None:
        """Has the tasks of this version served by how unsure it was: Label Studio goes by the project's version."""
        if model_version and known.project.model_version != model_version:
            self._tool.change_project(known.project.id, {"model_version": model_version})

    def _read(self) -> Known | None:
        kept = self._manifests.manifest(_KEY)
        if not kept:
            return None
        project = Project(int(kept["project"]), kept["made_at"], None)
        return Known(project, datetime.fromisoformat(kept["cursor"]), kept["webhook_url"])

    def _keep(self, known: Known) -> None:
        content = {
            "project": str(known.project.id),
            "made_at": known.project.made_at,
            "cursor": known.cursor.isoformat(),
            "webhook_url": known.webhook_url,
        }
        self._manifests.keep_manifest(_KEY, content)
