/* The server's side of TLS, for the scripted servers of the tests: OpenSSL behind a few functions. */
#ifndef DURBEEN_CTESTTLS_H
#define DURBEEN_CTESTTLS_H

/* Writes a new self-signed certificate for localhost, 127.0.0.1 and ::1, and its key, as PEM files. `days` below zero makes
   one that has expired. Returns 1, or 0 if OpenSSL refused. */
int test_tls_make_identity(const char *certificate_path, const char *key_path, int days);

/* A server with that identity; NULL if the files are no good. `only_tls_1_1` makes it speak nothing newer. */
void *test_tls_context(const char *certificate_path, const char *key_path, int only_tls_1_1);
void test_tls_context_free(void *context);

/* Shakes hands on a connected socket, which stays the caller's. NULL if it came to nothing. */
void *test_tls_accept(void *context, int descriptor);
/* Whether the client offered HTTP/2 in its greeting (ALPN, RFC 7301). It is not taken up. */
int test_tls_offers_h2(void *connection);
/* As read(2) and write(2). */
int test_tls_read(void *connection, void *bytes, int length);
int test_tls_write(void *connection, const void *bytes, int length);
void test_tls_free(void *connection);
#endif
