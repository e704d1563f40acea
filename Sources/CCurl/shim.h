#ifndef DURBEEN_CCURL_SHIM_H
#define DURBEEN_CCURL_SHIM_H
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* curl_easy_setopt, curl_easy_getinfo and curl_multi_setopt are variadic, which Swift cannot call: one function a type. */
static inline CURLcode durbeen_set_long(CURL *h, CURLoption o, long value) { return curl_easy_setopt(h, o, value); }
static inline CURLcode durbeen_set_offset(CURL *h, CURLoption o, curl_off_t value) { return curl_easy_setopt(h, o, value); }
static inline CURLcode durbeen_set_text(CURL *h, CURLoption o, const char *value) { return curl_easy_setopt(h, o, value); }
static inline CURLcode durbeen_set_pointer(CURL *h, CURLoption o, void *value) { return curl_easy_setopt(h, o, value); }
static inline CURLcode durbeen_set_list(CURL *h, CURLoption o, struct curl_slist *value) { return curl_easy_setopt(h, o, value); }

typedef size_t (*durbeen_data_callback)(char *bytes, size_t size, size_t count, void *context);
static inline CURLcode durbeen_set_data(CURL *h, CURLoption o, durbeen_data_callback f) { return curl_easy_setopt(h, o, f); }

typedef curl_socket_t (*durbeen_socket_callback)(void *context, curlsocktype purpose, struct curl_sockaddr *address);
static inline CURLcode durbeen_set_open_socket(CURL *h, durbeen_socket_callback f) {
    return curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, f);
}

typedef int (*durbeen_prereq_callback)(void *context, char *remote, char *local, int remote_port, int local_port);
static inline CURLcode durbeen_set_prereq(CURL *h, durbeen_prereq_callback f) {
    return curl_easy_setopt(h, CURLOPT_PREREQFUNCTION, f);
}

typedef int (*durbeen_progress_callback)(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d);
static inline CURLcode durbeen_set_progress(CURL *h, durbeen_progress_callback f) {
    return curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, f);
}

static inline long durbeen_get_long(CURL *h, CURLINFO i) { long v = 0; curl_easy_getinfo(h, i, &v); return v; }
static inline curl_socket_t durbeen_get_socket(CURL *h) {
    curl_socket_t s = CURL_SOCKET_BAD;
    curl_easy_getinfo(h, CURLINFO_ACTIVESOCKET, &s);
    return s;
}
static inline curl_off_t durbeen_get_offset(CURL *h, CURLINFO i) { curl_off_t v = 0; curl_easy_getinfo(h, i, &v); return v; }
static inline const char *durbeen_get_text(CURL *h, CURLINFO i) { char *v = NULL; curl_easy_getinfo(h, i, &v); return v; }

static inline CURLMcode durbeen_multi_set_long(CURLM *h, CURLMoption o, long value) { return curl_multi_setopt(h, o, value); }

/* A macro with a cast, which Swift does not see. */
static inline long durbeen_auth_basic(void) { return CURLAUTH_BASIC; }

/* The handle and the result of a finished transfer; the message is a union, awkward from Swift. */
static inline CURLcode durbeen_message_result(const CURLMsg *m) { return m->data.result; }

/* A plain stream socket for the address that libcurl resolved. */
static inline curl_socket_t durbeen_open_socket(const struct curl_sockaddr *a) {
    return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}
static inline const struct sockaddr *durbeen_address(const struct curl_sockaddr *a) { return &a->addr; }
#endif
