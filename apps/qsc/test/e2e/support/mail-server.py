"""A mail server of the distribution's aiosmtpd that wants TLS and a login. Stores what it accepts in a Maildir.

Called with: HOST PORT CERTIFICATE KEY MAILDIR starttls|smtps; the password is in the environment (MAIL_PASSWORD).
"""

import asyncio
import os
import signal
import ssl
import sys

from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

host, port, certificate, key, maildir, mode = sys.argv[1:]
password = os.environ["MAIL_PASSWORD"].encode()
tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
tls.load_cert_chain(certificate, key)


def authenticate(server, session, envelope, mechanism, data):
    known = isinstance(data, LoginPassword) and data.login == b"qsc" and data.password == password
    return AuthResult(success=known, handled=False)


def protocol():
    is_starttls = mode == "starttls"
    return SMTP(
        Mailbox(maildir),
        authenticator=authenticate,
        auth_required=True,
        # Of a connection that is TLS from its beginning, aiosmtpd does not know that it is.
        auth_require_tls=is_starttls,
        require_starttls=is_starttls,
        tls_context=tls if is_starttls else None,
    )


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, host, int(port), ssl=None if mode == "starttls" else tls)
    async with server:
        await server.serve_forever()


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
asyncio.run(main())
