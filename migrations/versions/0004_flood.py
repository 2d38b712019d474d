"""Flood mode: the flood that was seen last on each site, and an index by which a site's arrivals are counted."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("site", sa.Column("last_flood", sa.JSON(none_as_null=True), nullable=True))
    op.create_index("ix_comment_by_arrival", "comment", ["site_id", "created_at"])


def downgrade() -> None:
    op.drop_index("ix_comment_by_arrival", "comment")
    # In place, not by Alembic's batches: those make SQLite's table anew.
    op.execute("ALTER TABLE site DROP COLUMN last_flood")
