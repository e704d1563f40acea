import Testing

@testable import Storage

@Suite struct ColumnsTests {
    @Test(arguments: [0, 7, -7, 10, 1_764_198_000_000, Int64.max, Int64.min])
    func `a number is written in the digits that Swift gives it`(number: Int64) {
        var bytes = Array("at ".utf8)
        bytes.append(decimal: number)
        #expect(String(decoding: bytes, as: UTF8.self) == "at \(number)")
    }
}
