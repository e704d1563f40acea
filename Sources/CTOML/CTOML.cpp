#define TOML_HEADER_ONLY 1
#define TOML_SHARED_LIB 0
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include "CTOML.h"

#include <string>
#include <string_view>
#include <toml++/toml.h>

namespace {

using Report = void (*)(void *, const durbeen_toml_event *);

void walk(const toml::node &node, const toml::key *key, void *context, Report report) {
    durbeen_toml_event event = {};
    if (key != nullptr) {
        event.key = key->data();
        event.key_length = key->length();
        event.key_line = key->source().begin.line;
        event.key_column = key->source().begin.column;
    }
    event.line = node.source().begin.line;
    event.column = node.source().begin.column;
    std::string_view text;
    switch (node.type()) {
    case toml::node_type::table:
        event.kind = DURBEEN_TOML_TABLE;
        report(context, &event);
        for (auto &&[name, value] : *node.as_table()) walk(value, &name, context, report);
        event.kind = DURBEEN_TOML_END;
        break;
    case toml::node_type::array:
        event.kind = DURBEEN_TOML_ARRAY;
        report(context, &event);
        for (auto &&value : *node.as_array()) walk(value, nullptr, context, report);
        event.kind = DURBEEN_TOML_END;
        break;
    case toml::node_type::string:
        event.kind = DURBEEN_TOML_STRING;
        text = node.as_string()->get();
        event.text = text.data();
        event.text_length = text.size();
        break;
    case toml::node_type::integer:
        event.kind = DURBEEN_TOML_INTEGER;
        event.integer = node.as_integer()->get();
        break;
    case toml::node_type::floating_point:
        event.kind = DURBEEN_TOML_REAL;
        event.real = node.as_floating_point()->get();
        break;
    case toml::node_type::boolean:
        event.kind = DURBEEN_TOML_BOOLEAN;
        event.integer = node.as_boolean()->get() ? 1 : 0;
        break;
    default:
        event.kind = DURBEEN_TOML_OTHER;
        break;
    }
    report(context, &event);
}

} // namespace

extern "C" void durbeen_toml_read(const char *bytes, size_t length, void *context, Report report) {
    toml::parse_result result = toml::parse(std::string_view(bytes, length));
    if (result.failed()) {
        const toml::parse_error &error = result.error();
        std::string_view text = error.description();
        durbeen_toml_event event = {};
        event.kind = DURBEEN_TOML_ERROR;
        event.line = error.source().begin.line;
        event.column = error.source().begin.column;
        event.text = text.data();
        event.text_length = text.size();
        report(context, &event);
        return;
    }
    walk(result.table(), nullptr, context, report);
}
