#include "CTestTLS.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdio.h>

static int add_extension(X509 *certificate, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    if (!extension) return 0;
    int added = X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return added;
}

static int fill(X509 *certificate, EVP_PKEY *key, int days) {
    X509_NAME *name = X509_get_subject_name(certificate);
    return X509_set_version(certificate, 2) && ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1)
        && X509_gmtime_adj(X509_getm_notBefore(certificate), -30L * 86400)
        && X509_gmtime_adj(X509_getm_notAfter(certificate), (long)days * 86400)
        && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0)
        && X509_set_issuer_name(certificate, name) && X509_set_pubkey(certificate, key)
        && add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE")
        && add_extension(certificate, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1")
        && X509_sign(certificate, key, EVP_sha256());
}

int test_tls_make_identity(const char *certificate_path, const char *key_path, int days) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    FILE *certificate_file = fopen(certificate_path, "w");
    FILE *key_file = fopen(key_path, "w");
    int done = key && certificate && certificate_file && key_file && fill(certificate, key, days)
        && PEM_write_X509(certificate_file, certificate)
        && PEM_write_PrivateKey(key_file, key, NULL, NULL, 0, NULL, NULL);
    if (certificate_file) fclose(certificate_file);
    if (key_file) fclose(key_file);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return done;
}

static int look_at_protocols(SSL *connection, const unsigned char **chosen, unsigned char *chosen_length,
                             const unsigned char *offered, unsigned int length, void *argument) {
    (void)chosen, (void)chosen_length, (void)argument;
    /* Each name stands behind its length. */
    for (unsigned int at = 0; at + 2 < length; at += 1 + offered[at])
        if (offered[at] == 2 && offered[at + 1] == 'h' && offered[at + 2] == '2') SSL_set_app_data(connection, "h2");
    return SSL_TLSEXT_ERR_NOACK;
}

void *test_tls_context(const char *certificate_path, const char *key_path, int only_tls_1_1) {
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (!context) return NULL;
    SSL_CTX_set_alpn_select_cb(context, look_at_protocols, NULL);
    if (only_tls_1_1) {
        /* OpenSSL 3 speaks TLS 1.1 only below its default security level. */
        SSL_CTX_set_security_level(context, 0);
        SSL_CTX_set_min_proto_version(context, TLS1_1_VERSION);
        SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
        SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0");
    }
    if (SSL_CTX_use_certificate_file(context, certificate_path, SSL_FILETYPE_PEM) == 1
        && SSL_CTX_use_PrivateKey_file(context, key_path, SSL_FILETYPE_PEM) == 1)
        return context;
    SSL_CTX_free(context);
    return NULL;
}

void test_tls_context_free(void *context) { SSL_CTX_free(context); }

void *test_tls_accept(void *context, int descriptor) {
    /* SSL_write knows no MSG_NOSIGNAL. */
    signal(SIGPIPE, SIG_IGN);
    SSL *connection = SSL_new(context);
    if (!connection) return NULL;
    if (SSL_set_fd(connection, descriptor) == 1 && SSL_accept(connection) == 1) return connection;
    SSL_free(connection);
    return NULL;
}

int test_tls_offers_h2(void *connection) { return SSL_get_app_data((SSL *)connection) != NULL; }

int test_tls_read(void *connection, void *bytes, int length) { return SSL_read(connection, bytes, length); }

int test_tls_write(void *connection, const void *bytes, int length) { return SSL_write(connection, bytes, length); }

void test_tls_free(void *connection) { SSL_free(connection); }
