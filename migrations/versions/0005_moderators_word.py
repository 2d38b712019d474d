"""An index by which it is known at once whether moderators have ever decided anything on a site."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    decided = sa.text("actor = 'moderator' AND from_status IS NOT NULL")
    op.create_index(
        "ix_decision_by_moderator",
        "decision",
        ["site_id", "created_at"],
        sqlite_where=decided,
        postgresql_where=decided,
    )


def downgrade() -> None:
    op.drop_index("ix_decision_by_moderator", "decision")
