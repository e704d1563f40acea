#define TOML_HEADER_ONLY 1
#define TOML_SHARED_LIB 0
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
/* Values within values. Each level of ours costs one stack frame of the parser, of walk() and of the destructor. */
#define TOML_MAX_NESTED_VALUES 32
#include "CTOML.h"

#include <cstring>
#include <exception>
#include <stdexcept>
#include <string_view>

namespace {
constexpr void require(bool condition) {
    if (!condition) throw std::logic_error("cannot be read");
}
} // namespace

/* toml++ 3.3 asserts on some malformed documents ("[!]"), which would end the process; and where NDEBUG turns assertions off,
 * it has the compiler assume that they hold. Here a broken one is an error like any other, caught in durbeen_toml_read. */
#undef NDEBUG
#define TOML_ASSERT(condition) require(static_cast<bool>(condition))
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

/* Finds what toml++ is not to see: a key of too many parts, a table's heading without a name, and text beyond ASCII outside of
 * strings and comments (where it looks for exotic blanks and meets __builtin_unreachable on the way). The check skips
 * comments and strings, and need only be right up to the first syntax error, since the parser stops there. */
class PreCheck {
  public:
    explicit PreCheck(std::string_view text) : text(text) {}

    /* What is wrong and where, if passes() says no. */
    const char *trouble = "";
    uint32_t line = 1, column = 1;

    bool passes() {
        size_t dots = 0, open = 0;
        bool begins_line = true;
        if (stands("\xEF\xBB\xBF")) at = 3;
        while (at < text.size()) {
            const char byte = text[at];
            if (byte == '#') {
                while (at < text.size() && text[at] != '\n') step();
                continue;
            }
            if (byte == '"' || byte == '\'') {
                begins_line = false;
                if (!skip_string(byte)) return fails("a backslash cannot stand before letters beyond ASCII");
                continue;
            }
            if (static_cast<unsigned char>(byte) >= 0x80) return fails("letters beyond ASCII stand only in quotes");
            if (byte == '.' && ++dots >= longest_key) return fails("the key has too many parts");
            if (std::strchr("\n=,{[", byte) != nullptr) dots = 0;
            if (byte == '[' && begins_line && open == 0 && !heading_has_name()) return false;
            if (byte == '[' || byte == '{') open += 1;
            if ((byte == ']' || byte == '}') && open > 0) open -= 1;
            begins_line = byte == '\n' || (begins_line && (byte == ' ' || byte == '\t'));
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

    bool fails(const char *why) {
        trouble = why;
        return false;
    }

    /* Whether a name begins behind the brackets that stand here; moves to the place if not. */
    bool heading_has_name() {
        size_t next = at;
        for (int brackets = 0; brackets < 2 && next < text.size() && text[next] == '['; brackets += 1) next += 1;
        while (next < text.size() && (text[next] == ' ' || text[next] == '\t')) next += 1;
        if (next == text.size()) return true;
        const auto byte = static_cast<unsigned char>(text[next]);
        const bool is_name = (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
        // What ends the heading is the parser's to refuse.
        if (is_name || (byte >= '0' && byte <= '9') || (byte != 0 && std::strchr("_-\"']\r\n", byte) != nullptr)) return true;
        while (at < next) step();
        return fails("a table's name should stand here");
    }

    bool stands(const char *mark) const { return text.compare(at, std::strlen(mark), mark) == 0; }

    /* False at a backslash that letters beyond ASCII follow. */
    bool skip_string(char quote) {
        const char triple[] = {quote, quote, quote, 0};
        const bool is_long = stands(triple);
        for (int left = is_long ? 3 : 1; left > 0; left -= 1) step();
        while (at < text.size()) {
            if (quote == '"' && text[at] == '\\') {
                step();
                // At a line's end the backslash swallows the blanks that follow, with the same search as above.
                size_t next = at;
                while (next < text.size() && std::strchr(" \t\r\n", text[next]) != nullptr && text[next] != 0) next += 1;
                if (next < text.size() && static_cast<unsigned char>(text[next]) >= 0x80) return false;
                if (at < text.size()) step();
            } else if (is_long ? stands(triple) : text[at] == quote) {
                // Up to two quotes may stand before the three that end a long string.
                while (at < text.size() && text[at] == quote) {
                    step();
                    if (!is_long) break;
                }
                return true;
            } else if (!is_long && text[at] == '\n') {
                return true;
            } else {
                step();
            }
        }
        return true;
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
    PreCheck check(document);
    if (!check.passes()) return report_error(check.line, check.column, check.trouble, context, report);
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
    // Broken assertions come here, and what the standard library throws when memory runs out.
    try {
        read(std::string_view(bytes, length), context, report);
    } catch (const std::exception &error) {
        report_error(1, 1, error.what(), context, report);
    } catch (...) {
        report_error(1, 1, "cannot be read", context, report);
    }
}
