"""Lists of a site, and which comments came from one browser."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "site_list",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("name IN ('block', 'hold', 'allow')", name=op.f("ck_site_list_name_known")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_list_site_id_site")),
        sa.PrimaryKeyConstraint("site_id", "name", name=op.f("pk_site_list")),
    )
    # Added in place, see 0002.
    op.add_column("comment", sa.Column("author_key", sa.String(length=32), nullable=True))
    op.create_index("ix_comment_by_author", "comment", ["site_id", "author_key", "id"])


def downgrade() -> None:
    op.drop_index("ix_comment_by_author", "comment")
    op.execute("ALTER TABLE comment DROP COLUMN author_key")
    op.drop_table("site_list")
