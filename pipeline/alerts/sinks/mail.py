"""Mail by SMTP, with TLS unless the server is on this machine."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from typing import Literal

import pydantic

from pipeline.alerts.notification import Notification
from pipeline.alerts.sink import SecretOptions, secret
from pipeline.errors import PermanentError, TransientError

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Options(SecretOptions):
    """The server, how to enter it, and from whom to whom."""

    host: str
    port: int = 465
    security: Literal["tls", "starttls", "none"] = "tls"
    user: str = ""
    password: pydantic.SecretStr | None = None
    password_file: Path | None = None
    sender: str
    recipients: list[str] = pydantic.Field(min_length=1)

    @pydantic.model_validator(mode="after")
    def _plain_text_stays_on_this_machine(self) -> "Options":
        if self.security == "none" and self.host not in _LOOPBACK:
            raise ValueError("security = none 只许用于本机邮件服务器，其余请用 tls 或 starttls")
        return self


class Mail:
    """Sends one mail a notification."""

    def __init__(self, options: Options, password: str) -> None:
        self._options = options
        self._password = password

    def send(self, notification: Notification) -> None:
        """Deliver the notification."""
        try:
            with self._connect() as server:
                if self._options.user:
                    server.login(self._options.user, self._password)
                server.send_message(self._message(notification))
        except smtplib.SMTPResponseException as error:
            _raise_for(error.smtp_code)
        except smtplib.SMTPRecipientsRefused as error:
            _raise_for(min(code for code, _ in error.recipients.values()))
        except (OSError, smtplib.SMTPException) as error:
            raise TransientError(f"邮件：连不上服务器或中断（{type(error).__name__}）") from None

    def _connect(self) -> smtplib.SMTP:
        options = self._options
        if options.security == "tls":
            return smtplib.SMTP_SSL(options.host, options.port, timeout=15, context=ssl.create_default_context())
        server = smtplib.SMTP(options.host, options.port, timeout=15)
        if options.security == "starttls":
            server.starttls(context=ssl.create_default_context())
        return server

    def _message(self, notification: Notification) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = notification.heading.replace("\r", " ").replace("\n", " ")
        message["From"] = self._options.sender
        message["To"] = ", ".join(self._options.recipients)
        message["Message-ID"] = make_msgid(domain="yuqing.invalid")
        message["X-Yuqing-Key"] = notification.key
        message.set_content("\n".join(notification.lines))
        return message


def _raise_for(code: int) -> None:
    if 400 <= code < 500:
        raise TransientError(f"邮件：服务器暂时拒收（SMTP {code}）") from None
    raise PermanentError(f"邮件：服务器拒收（SMTP {code}），请核对账号、发件人与收件人") from None


def open_sink(options: Options) -> Mail:
    """Return the sink."""
    password = secret(options.password, options.password_file, "password") if options.user else ""
    return Mail(options, password)
