import CXML2
import FeedModel
import Testing

@testable import Parsing

@Suite struct PlainTextTests {
    private func plain(_ html: String) -> String {
        var html = html
        return cleanText(html.withUTF8 { PageText.plain(html: $0) })
    }

    @Test(arguments: [
        ("<p>One</p><p>Two</p>", "One\nTwo"), ("One<br>Two<br/>Three", "One\nTwo\nThree"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"), ("<ul><li>a<li>b</ul>", "a\nb"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<h1>Head</h1>text<hr>more", "Head\ntext\nmore"), ("a <b>b</b><i>c</i>", "a bc"),
        ("  a \n b\t\tc  ", "a b c"), ("<pre>a\n  b</pre>c", "a\nb\nc"),
        ("<div><div>a</div></div><div>b</div>", "a\nb"),
    ])
    func `keeps paragraphs, items and cells apart, and squashes white space`(html: String, text: String) {
        #expect(plain(html) == text)
    }

    @Test(arguments: [
        ("a<script>alert('<p>x</p>')</script>b", "ab"), ("a<style>p{}</style>b", "ab"), ("a<!-- x -->b", "ab"),
        ("a<SCRIPT>x</ScRiPt >b", "ab"), ("a<script>x", "a"),
        ("a<template><p>x<template>y</template></p></template>b", "ab"),
        ("a<noframes>x</noframes>b", "ab"), ("a<!DOCTYPE html>b", "ab"), ("a<?php x ?>b", "ab"), ("a<!-->b", "ab"),
        ("a<!-- x --!>b", "ab"),
    ])
    func `what no reader sees goes with its contents`(html: String, text: String) {
        #expect(plain(html) == text)
    }

    @Test(arguments: [
        ("<font>a</font>", "a"), ("<blink>a</blink>", "a"), ("<nosuch>a</nosuch>", "a"),
        ("<noscript>a</noscript>", "a"),
        ("<iframe>a</iframe>", "a"), ("<svg><text>a</text></svg>", "a"), ("<a href='x'>a</a>", "a"),
    ])
    func `the text of every other element stays`(html: String, text: String) {
        #expect(plain(html) == text)
    }

    @Test(arguments: [
        ("AT&amp;T", "AT&T"), ("AT&T", "AT&T"), ("a &lt;b&gt; c", "a <b> c"), ("&#8217;&#x2019;&rsquo;", "’’’"),
        ("&#146;", "’"),
        ("a&nbsp;b", "a b"), ("&copy 2026", "© 2026"), ("?a=1&copy=2", "?a=1&copy=2"), ("&nosuch; &", "&nosuch; &"),
        ("&#0;&#xD800;&#x110000;x", "x"), ("&amp;lt;", "&lt;"), ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
    ])
    func `decodes references once`(html: String, text: String) {
        #expect(plain(html) == text)
    }

    @Test(arguments: [
        ("<p title=\"a > b\">x</p>", "x"), ("<p title='a>b' data=\"<\">x</p>", "x"),
        ("<p title=\"unclosed>x</p>y", "x\ny"),
        ("<a href=x>y</a", "y"), ("<b", ""), ("a<", "a<"), ("<p<b>x</b>", "x"), ("</>x", "</>x"),
        ("<![CDATA[x]]>y", "xy"),
    ])
    func `survives attributes and tags of every kind`(html: String, text: String) {
        #expect(plain(html) == text)
    }

    @Test(arguments: [
        ("2 < 3", false), ("<cough> he said", false), ("<b>bold</b>", true), ("a &amp; b", true), ("a & b", false),
        ("<p>x</p> <cough>", false), ("x<br/>", true), ("", false), ("<!-- x -->", true),
    ])
    func `tells HTML from text by known tags and references`(text: String, isHTML: Bool) {
        var text = text
        #expect(text.withUTF8 { looksLikeHTML($0) } == isHTML)
    }

    @Test func `stops soon after a limit, at the end of a character`() {
        let text = Array(String(repeating: "پاکستان ", count: 1000).utf8)
        text.withUnsafeBufferPointer { bytes in
            for limit in 1..<40 {
                let plain = PageText.plain(html: bytes, limit: limit)
                #expect((limit..<(limit + 16)).contains(plain.count))
                #expect(String(validating: plain, as: UTF8.self) != nil)
            }
        }
    }

    @Test func `text that was encoded twice is read as it was meant`() throws {
        #expect(try item("<title>Ã¡ nÃ³</title>").title == "á nó")
        #expect(try item("<title>mÃ\u{A0}gia &amp; ilÂ·lusiÃ³</title>").title == "màgia & il·lusió")
        #expect(try item("<description>a mÃ\u{A0}gia  b</description>").summary?.text == "a màgia b")
        #expect(try item("<title>Ça dépend</title>").title == "Ça dépend")
    }

    // Text is looked at thirty-two, eight and one bytes at a time: what is unusual must be seen wherever it stands.

    @Test(arguments: [
        ("  ", " "), ("\n", " "), (" \u{A0}", " "), ("\u{3000}", " "), ("\u{2003} ", " "), ("\u{85}", "…"),
        ("\u{7F}", ""),
        ("\u{1}", " "), ("é", "é"), ("’", "’"), ("اردو", "اردو"), ("\u{FFFE}", ""), ("\u{96}", "–"), (" 😀 ", " 😀 "),
    ])
    func `squashes and cleans wherever it stands in a text`(odd: String, plain: String) {
        for before in 0..<72 {
            for after in [0, 1, 7, 8, 31, 33, 40] {
                let start =
                    String(repeating: "word ", count: before / 5) + String(repeating: "x", count: before % 5 + 1)
                let end = "y" + String(repeating: " word", count: after / 5) + String(repeating: "z", count: after % 5)
                #expect(self.plain(start + odd + end) == start + plain + end, "\(before) before, \(after) after")
            }
        }
    }

    @Test(arguments: [
        [0xC3, 0xA9], [0xE2, 0x80, 0x99], [0xF0, 0x9F, 0x98, 0x80], [0xC0, 0x80], [0xED, 0xA0, 0x80],
        [0xF5, 0x80, 0x80, 0x80],
        [0xC3], [0xE2, 0x80], [0xA9], [0xFF],
    ])
    func `bytes that are no UTF-8 are read as the standard library reads them`(odd: [UInt8]) {
        for before in [0, 1, 7, 8, 63, 64, 65, 130] {
            for after in [0, 1, 70] {
                let bytes =
                    [UInt8](repeating: 0x61, count: before) + odd + [UInt8](repeating: 0x62, count: after)
                #expect(bytes.withUnsafeBufferPointer { String(utf8: $0) } == String(decoding: bytes, as: UTF8.self))
            }
        }
    }

    @Test func `knows every name of the HTML library's table`() {
        for value in UInt32(0)...0x3000 {
            guard let name = htmlEntityValueLookup(value)?.pointee.name else { continue }
            #expect(Entities.codePoint(named: String(cString: name).utf8) == value)
        }
    }
}
