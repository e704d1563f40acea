import FeedModel
import Testing

@testable import Parsing

@Suite struct EncodingTests {
    private static func bytes(_ text: String, as label: String, declared: String? = nil) -> [UInt8] {
        let declaration = declared.map { "<?xml version='1.0' encoding='\($0)'?>" } ?? ""
        let document = declaration + rss("<item><title>\(text)</title></item>")
        switch label {
        case "utf-16le": return document.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        case "utf-16be": return document.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        case "utf-32le":
            return document.unicodeScalars.flatMap { [UInt8($0.value & 0xFF), UInt8($0.value >> 8 & 0xFF), 0, 0] }
        case "utf-32be":
            return document.unicodeScalars.flatMap { [0, 0, UInt8($0.value >> 8 & 0xFF), UInt8($0.value & 0xFF)] }
        case "latin-1": return document.unicodeScalars.map { UInt8(min($0.value, 255)) }
        default: return Array(document.utf8)
        }
    }

    @Test(
        arguments: [
            ("utf-8", [0xEF, 0xBB, 0xBF]), ("utf-16le", [0xFF, 0xFE]), ("utf-16be", [0xFE, 0xFF]),
            ("utf-32le", [0xFF, 0xFE, 0, 0]), ("utf-32be", [0, 0, 0xFE, 0xFF]),
        ] as [(String, [UInt8])])
    func `a byte order mark beats every label`(encoding: String, mark: [UInt8]) throws {
        let bytes = mark + Self.bytes("پاکستان", as: encoding, declared: "iso-8859-1")
        let feed = try read(bytes, as: "text/xml; charset=us-ascii")
        #expect(feed.titles == ["پاکستان"])
        #expect(feed.encoding == encoding)
        #expect(feed.codes == [])
    }

    @Test(arguments: ["utf-16le", "utf-16be", "utf-32le", "utf-32be"])
    func `zeros around the first sign tell the encoding without a mark`(encoding: String) throws {
        let feed = try read(Self.bytes("Čeština", as: encoding))
        #expect(feed.titles == ["Čeština"])
        #expect(feed.encoding == encoding)
    }

    @Test func `the header beats the declaration`() throws {
        let feed = try read(
            Self.bytes("caf\u{E9}", as: "latin-1", declared: "utf-8"), as: "application/xml; charset='iso-8859-1'")
        #expect(feed.titles == ["café"])
        #expect(feed.encoding == "iso-8859-1")
        #expect(feed.codes == [])
    }

    @Test(arguments: [
        "text/xml; charset=iso-8859-1", "text/xml; charset=\"iso-8859-1\"", "text/xml;;x;y=1; CharSet=iso-8859-1;z",
        "text/xml;charset = 'ISO-8859-1'",
    ])
    func `tolerates quotes and blanks round the charset`(contentType: String) throws {
        #expect(try read(Self.bytes("\u{E9}", as: "latin-1"), as: contentType).titles == ["é"])
    }

    @Test func `text of XML without a charset is not ASCII`() throws {
        let feed = try read(Self.bytes("é", as: "utf-8"), as: "text/xml")
        #expect(feed.titles == ["é"])
        #expect(feed.codes == [])
    }

    @Test func `a label that the bytes do not fit is reported, and what fits is used`() throws {
        let wrong = try read(Self.bytes("پاکستان", as: "utf-8", declared: "us-ascii"))
        #expect(wrong.titles == ["پاکستان"])
        #expect(wrong.encoding == "utf-8")
        #expect(wrong.codes.contains("encoding-conflict"))
        let latin = try read(Self.bytes("caf\u{E9}", as: "latin-1", declared: "utf-8"))
        #expect(latin.titles == ["café"])
        #expect(latin.encoding == "windows-1252")
        #expect(latin.codes.contains("encoding-conflict"))
    }

    @Test func `an encoding that nobody knows is reported`() throws {
        let feed = try read(Self.bytes("A", as: "utf-8", declared: "x-martian"))
        #expect(feed.titles == ["A"])
        #expect(feed.codes.contains("encoding-unknown"))
    }

    @Test(
        arguments: [
            ("gb2312", [0xB0, 0xCD, 0xBB, 0xF9, 0xCB, 0xB9, 0xCC, 0xB9], "巴基斯坦", "gb18030"),
            ("big5", [0xA4, 0xDA, 0xB0, 0xF2], "巴基", "big5"),
            ("shift_jis", [0x83, 0x70, 0x83, 0x4C], "パキ", "shift_jis"),
            ("euc-kr", [0xC6, 0xC4, 0xC5, 0xB0], "파키", "euc-kr"),
            ("windows-1251", [0xCF, 0xE0, 0xEA], "Пак", "windows-1251"),
            ("koi8-r", [0xF0, 0xC1, 0xCB], "Пак", "koi8-r"),
            ("windows-1256", [0x81, 0xC7, 0x98], "پاک", "windows-1256"),
            ("iso-8859-1", [0x93, 0x41, 0x94], "“A”", "windows-1252"),
        ] as [(String, [UInt8], String, String)])
    func `reads what browsers read`(label: String, bytes: [UInt8], text: String, used: String) throws {
        let head = Array("<?xml version='1.0' encoding='\(label)'?><rss version='2.0'><channel><title>".utf8)
        let feed = try read(head + bytes + Array("</title></channel></rss>".utf8))
        #expect(feed.title == text)
        #expect(feed.encoding == used)
        #expect(feed.codes == [])
    }

    @Test func `guesses an encoding that is named nowhere, where there is enough to go by`() throws {
        let russian = "Пакистан и Соединённые Штаты Америки договорились о продолжении переговоров в следующем месяце"
        // windows-1251 has the letters from А to я in Unicode's order.
        let encoded = russian.unicodeScalars.map { scalar in
            scalar == "ё" ? 0xB8 : scalar.value < 0x80 ? UInt8(scalar.value) : UInt8(scalar.value - 0x410 + 0xC0)
        }
        let head = Array("<rss version='2.0'><channel><title>".utf8)
        let feed = try read(head + encoded + Array("</title></channel></rss>".utf8))
        #expect(feed.title == russian)
        #expect(feed.encoding == "windows-1251")
        #expect(feed.codes.contains("encoding-conflict"))
    }

    @Test func `references to C1 controls mean punctuation of windows-1252`() throws {
        #expect(try item("<title>It&#146;s &#x93;so&#x94;</title>").title == "It’s “so”")
    }

    @Test(arguments: ["text/plain", "text/html; charset=utf-8", "image/png"])
    func `reads a feed that is served as something else, and says so`(contentType: String) throws {
        let feed = try read(rss("<item><title>A</title></item>"), as: contentType)
        #expect(feed.titles == ["A"])
        #expect(feed.codes == ["content-type"])
    }

    @Test(arguments: ["application/rss+xml", "text/xml", "application/atom+xml; charset=utf-8", "application/json"])
    func `says nothing of a type that feeds have`(contentType: String) throws {
        #expect(try read(rss(""), as: contentType).codes == [])
    }
}
