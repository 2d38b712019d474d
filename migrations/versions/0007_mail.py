"""Mail: the outbox, subscriptions to replies, what was told of already, requests to confirm, and digests."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_TABLES = ("digest", "confirmation_request", "reply_notice", "subscription", "mail")


def upgrade() -> None:
    op.create_table(
        "mail",
        sa.Column("id", sa.Integer(), nullable=False),
        *_site("mail"),
        *_comment("mail", "comment_id", nullable=True),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("lang", sa.String(length=35), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("not_before", _MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("claimed_until", _MOMENT, nullable=True),
        sa.Column("last_error", sa.String(length=100), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_mail_due", "mail", ["not_before", "id"])
    op.create_index("ix_mail_comment_id", "mail", ["comment_id"])
    op.create_index("ix_mail_created_at", "mail", ["created_at"])
    _subscriptions()
    op.create_table(
        "digest",
        *_site("digest"),
        sa.Column("newest_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_digest")),
    )


def _subscriptions() -> None:
    op.create_table(
        "subscription",
        *_comment("subscription", "comment_id"),
        *_site("subscription"),
        sa.Column("lang", sa.String(length=35), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("confirmed_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_subscription")),
    )
    op.create_index("ix_subscription_site_id", "subscription", ["site_id"])
    op.create_index("ix_subscription_asked", "subscription", ["confirmed_at", "asked_at"])
    op.create_table(
        "reply_notice",
        *_comment("reply_notice", "reply_id"),
        *_comment("reply_notice", "comment_id"),
        sa.PrimaryKeyConstraint("reply_id", "comment_id", name=op.f("pk_reply_notice")),
    )
    op.create_index("ix_reply_notice_comment_id", "reply_notice", ["comment_id"])
    op.create_table(
        "confirmation_request",
        sa.Column("id", sa.Integer(), nullable=False),
        *_site("confirmation_request"),
        sa.Column("purpose", sa.String(length=20), nullable=True),
        sa.Column("email_key", sa.String(length=32), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmation_request")),
    )
    op.create_index("ix_confirmation_request_asked_at", "confirmation_request", ["asked_at"])
    op.create_index("ix_confirmation_request_by_email", "confirmation_request", ["site_id", "email_key", "asked_at"])
    op.create_index("ix_confirmation_request_of_site", "confirmation_request", ["site_id", "purpose", "asked_at"])


def _site(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f(f"fk_{table}_site_id_site")),
    ]


def _comment(table: str, column: str, *, nullable: bool = False) -> list[sa.schema.SchemaItem]:
    name = op.f(f"fk_{table}_{column}_comment")
    return [
        sa.Column(column, sa.Integer(), nullable=nullable),
        sa.ForeignKeyConstraint([column], ["comment.id"], name=name, ondelete="CASCADE"),
    ]


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)
