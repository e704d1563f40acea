#define TOML_HEADER_ONLY 1
#define TOML_SHARED_LIB 0
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
/* Values within values. Each level of ours costs one stack frame of the parser, of walk() and of the destructor. */
#define TOML_MAX_NESTED_VALUES 32
#include "CTOML.h"

#include <cstring>
#include <exception>
#include <string_view>
#include <toml++/toml.h>

namespace {

using Report = void (*)(void *, const durbeen_toml_event *);

/* A configuration has at most three parts in a key; toml++ 3.3 sets no limit, and would nest a table for each part. */
constexpr size_t longest_key = 32;

void report_error(uint32_t line, uint32_t column, std::string_view text, void *context, Report report) {
    durbeen_toml_event event = {};
    event.kind = DURBEEN_TOML_ERROR;
    event.line = line;
    event.column = column;
    event.text = text.data();
    event.text_length = text.size();
    report(context, &event);
}

/* Finds a key of too many parts, by skipping comments and strings and counting dots. It need only be right up to the first
 * syntax error, since the parser stops there. */
class KeyLengthCheck {
  public:
    explicit KeyLengthCheck(std::string_view text) : text(text) {}

    uint32_t line = 1, column = 1;

    /* False if a key is too long; `line` and `column` then say where. */
    bool passes() {
        size_t dots = 0;
        while (at < text.size()) {
            switch (text[at]) {
            case '#':
                while (at < text.size() && text[at] != '\n') step();
                continue;
            case '"':
            case '\'':
                skip_string(text[at]);
                continue;
            case '.':
                if (++dots >= longest_key) return false;
                break;
            case '\n':
            case '=':
            case ',':
            case '{':
            case '[':
                dots = 0;
                break;
            default:
                break;
            }
            step();
        }
        return true;
    }

  private:
    std::string_view text;
    size_t at = 0;

    void step() {
        if (text[at] == '\n') {
            line += 1;
            column = 1;
        } else if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80) {
            column += 1;
        }
        at += 1;
    }

    bool stands(const char *mark) const { return text.compare(at, std::strlen(mark), mark) == 0; }

    void skip_string(char quote) {
        const char triple[] = {quote, quote, quote, 0};
        const bool is_long = stands(triple);
        for (int left = is_long ? 3 : 1; left > 0; left -= 1) step();
        while (at < text.size()) {
            if (quote == '"' && text[at] == '\\') {
                step();
                if (at < text.size()) step();
            } else if (is_long ? stands(triple) : text[at] == quote) {
                // Up to two quotes may stand before the three that end a long string.
                while (at < text.size() && text[at] == quote) {
                    step();
                    if (!is_long) break;
                }
                return;
            } else if (!is_long && text[at] == '\n') {
                return;
            } else {
                step();
            }
        }
    }
};

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

void read(std::string_view document, void *context, Report report) {
    KeyLengthCheck keys(document);
    if (!keys.passes()) return report_error(keys.line, keys.column, "the key has too many parts", context, report);
    toml::parse_result result = toml::parse(document);
    if (result.failed()) {
        const toml::parse_error &error = result.error();
        return report_error(
            error.source().begin.line, error.source().begin.column, error.description(), context, report);
    }
    walk(result.table(), nullptr, context, report);
}

} // namespace

extern "C" void durbeen_toml_read(const char *bytes, size_t length, void *context, Report report) {
    // toml++ itself throws nothing here; its containers may, when memory runs out.
    try {
        read(std::string_view(bytes, length), context, report);
    } catch (const std::exception &) {
        report_error(1, 1, "out of memory", context, report);
    } catch (...) {
        report_error(1, 1, "cannot be read", context, report);
    }
}
