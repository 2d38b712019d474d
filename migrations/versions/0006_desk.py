"""What the desk keeps: the queue's order, bundles, versions, notes, jobs, who looks, trusted authors, and events."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NO_SITE = sa.text("site_id IS NULL")
_BUNDLED = sa.text("bundle_id IS NOT NULL")
_TABLES = ("event", "job", "trusted_author", "presence", "comment_note", "comment_version")


def upgrade() -> None:
    _bundles()
    _comments()
    op.drop_index("ix_decision_site_id", "decision")
    op.create_index("ix_decision_of_site", "decision", ["site_id", "id"])
    op.drop_index("ix_decision_batch", "decision")
    op.create_index("ix_decision_batch", "decision", ["batch", "comment_id"])
    op.create_index("ix_decision_log", "decision", ["site_id", "actor", "created_at", "id"])
    _versions_and_notes()
    _jobs_and_events()


def _bundles() -> None:
    op.create_table(
        "bundle",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        *(sa.Column(status, sa.Integer(), nullable=False) for status in ("pending", "approved", "spam", "trash")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_bundle_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bundle")),
    )


def _comments() -> None:
    # Added in place, see 0002.
    op.add_column("comment", sa.Column("rank", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("comment", sa.Column("place", sa.SmallInteger(), nullable=False, server_default="0"))
    op.add_column("comment", sa.Column("original", sa.Text(), nullable=True))
    name = op.f("fk_comment_bundle_id_bundle")
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"ALTER TABLE comment ADD COLUMN bundle_id INTEGER CONSTRAINT {name} REFERENCES bundle (id)")
        epoch = "CAST(strftime('%s', created_at) AS INTEGER)"
    else:
        op.add_column("comment", sa.Column("bundle_id", sa.Integer(), nullable=True))
        op.create_foreign_key(name, "comment", "bundle", ["bundle_id"], ["id"])
        epoch = "CAST(extract(epoch FROM created_at) AS BIGINT)"
    # What came before there was an order stands by its arrival, until the rules change.
    op.execute(f"UPDATE comment SET rank = {epoch}")  # noqa: S608  # one of the two sentences above
    op.drop_index("ix_comment_by_score", "comment")
    op.create_index("ix_comment_desk", "comment", ["site_id", "status", "place", "id"])
    op.create_index("ix_comment_by_score", "comment", ["site_id", "status", "place", "probability", "id"])
    op.create_index("ix_comment_by_rank", "comment", ["site_id", "status", "place", "rank", "id"])
    op.create_index(
        "ix_comment_bundled",
        "comment",
        ["bundle_id", "status", "place", "id"],
        sqlite_where=_BUNDLED,
        postgresql_where=_BUNDLED,
    )


def _moderator(table: str, *, nullable: bool = True, ondelete: str | None = None) -> list[sa.schema.SchemaItem]:
    name = op.f(f"fk_{table}_moderator_id_moderator")
    return [
        sa.Column("moderator_id", sa.Integer(), nullable=nullable),
        sa.ForeignKeyConstraint(["moderator_id"], ["moderator.id"], name=name, ondelete=ondelete),
    ]


def _comment(table: str, *, nullable: bool = False, ondelete: str = "CASCADE") -> list[sa.schema.SchemaItem]:
    name = op.f(f"fk_{table}_comment_id_comment")
    return [
        sa.Column("comment_id", sa.Integer(), nullable=nullable),
        sa.ForeignKeyConstraint(["comment_id"], ["comment.id"], name=name, ondelete=ondelete),
    ]


def _site(table: str, *, nullable: bool = False) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("site_id", sa.Integer(), nullable=nullable),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f(f"fk_{table}_site_id_site")),
    ]


def _versions_and_notes() -> None:
    op.create_table(
        "comment_version",
        *_comment("comment_version"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("sanitiser", sa.String(length=80), nullable=False),
        *_moderator("comment_version"),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("comment_id", "number", name=op.f("pk_comment_version")),
    )
    op.create_table(
        "comment_note",
        sa.Column("id", sa.Integer(), nullable=False),
        *_comment("comment_note"),
        *_moderator("comment_note", nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_note")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_comment_note_of", "comment_note", ["comment_id", "id"])
    op.create_table(
        "presence",
        *_comment("presence"),
        *_moderator("presence", nullable=False, ondelete="CASCADE"),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("comment_id", "moderator_id", name=op.f("pk_presence")),
    )
    op.create_index("ix_presence_seen_at", "presence", ["seen_at"])
    op.create_table(
        "trusted_author",
        *_site("trusted_author"),
        sa.Column("author_key", sa.String(length=32), nullable=False),
        *_moderator("trusted_author", nullable=False),
        *_comment("trusted_author", nullable=True, ondelete="SET NULL"),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("site_id", "author_key", name=op.f("pk_trusted_author")),
    )
    op.create_index("ix_trusted_author_comment_id", "trusted_author", ["comment_id"])
    for table in ("comment_version", "comment_note", "trusted_author"):
        op.create_index(f"ix_{table}_moderator_id", table, ["moderator_id"])


def _jobs_and_events() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        *_site("job"),
        *_moderator("job"),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("batch", sa.String(length=32), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("after", "looked_at", "done", "conflicts", "total")
        ),
        sa.Column("claimed_until", _MOMENT, nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.CheckConstraint("kind IN ('decide', 'undo', 'empty', 'rank')", name=op.f("ck_job_kind_known")),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'stopped', 'failed')", name=op.f("ck_job_state_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_job_of_site", "job", ["site_id", "id"])
    op.create_index("ix_job_waiting", "job", ["state", "id"])
    op.create_index("ix_job_batch", "job", ["batch"])
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        *_site("event", nullable=True),
        *_moderator("event"),
        *_comment("event", nullable=True, ondelete="SET NULL"),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_of_site", "event", ["site_id", "created_at", "id"])
    op.create_index(
        "ix_event_of_no_site", "event", ["created_at", "id"], sqlite_where=_NO_SITE, postgresql_where=_NO_SITE
    )
    op.create_index("ix_event_comment_id", "event", ["comment_id"])
    for table in ("job", "event"):
        op.create_index(f"ix_{table}_moderator_id", table, ["moderator_id"])


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)
    op.drop_index("ix_decision_batch", "decision")
    op.create_index("ix_decision_batch", "decision", ["batch", "id"])
    op.drop_index("ix_decision_log", "decision")
    op.drop_index("ix_decision_of_site", "decision")
    op.create_index("ix_decision_site_id", "decision", ["site_id"])
    for name in ("ix_comment_bundled", "ix_comment_by_rank", "ix_comment_by_score", "ix_comment_desk"):
        op.drop_index(name, "comment")
    op.create_index("ix_comment_by_score", "comment", ["site_id", "status", "probability", "id"])
    # In place, see 0004.
    for name in ("bundle_id", "original", "place", "rank"):
        op.execute(f"ALTER TABLE comment DROP COLUMN {name}")
    op.drop_table("bundle")
