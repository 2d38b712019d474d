"""What moderators teach: the word that stands for each comment, fingerprints of texts, learned and dropped tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "learned_token",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=60), nullable=False),
        sa.Column("spam", sa.Integer(), nullable=False),
        sa.Column("ham", sa.Integer(), nullable=False),
        sa.Column("made_with", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_learned_token_site_id_site")),
        sa.PrimaryKeyConstraint("site_id", "token", name=op.f("pk_learned_token")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dropped_token",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_dropped_token_site_id_site")),
        sa.PrimaryKeyConstraint("site_id", "token", name=op.f("pk_dropped_token")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "comment_print",
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("print", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("fk_comment_print_comment_id_comment"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_comment_print_site_id_site")),
        sa.PrimaryKeyConstraint("comment_id", "print", name=op.f("pk_comment_print")),
    )
    op.create_index("ix_comment_print_by_print", "comment_print", ["site_id", "print", "comment_id"])
    # Columns are added in place, not by Alembic's batches: those make SQLite's table anew, without its AUTOINCREMENT.
    op.execute(
        "ALTER TABLE comment ADD COLUMN taught VARCHAR(4)"
        " CONSTRAINT ck_comment_taught_known CHECK (taught IN ('spam', 'ham'))"
    )
    for flag in ("standing", "learned"):
        op.add_column("comment", sa.Column(flag, sa.Boolean(), server_default=sa.false(), nullable=False))
    taught = sa.text("taught IS NOT NULL")
    for name, columns in (
        ("ix_comment_standing", ["site_id", "taught", "email_key", "standing", "id"]),
        ("ix_comment_learned", ["site_id", "taught", "standing", "learned", "id"]),
    ):
        op.create_index(name, "comment", columns, sqlite_where=taught, postgresql_where=taught)


def downgrade() -> None:
    op.drop_index("ix_comment_learned", "comment")
    op.drop_index("ix_comment_standing", "comment")
    for column in ("learned", "standing", "taught"):
        op.execute(f"ALTER TABLE comment DROP COLUMN {column}")
    op.drop_index("ix_comment_print_by_print", "comment_print")
    for table in ("comment_print", "dropped_token", "learned_token"):
        op.drop_table(table)
