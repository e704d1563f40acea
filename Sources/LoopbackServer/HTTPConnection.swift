/// One connection: requests read and answered in turn until either side has enough.
struct HTTPConnection {
    private let stream: any ByteStream
    private let number: Int
    private var reader: LineReader

    init(_ stream: any ByteStream, number: Int) {
        self.stream = stream
        self.number = number
        reader = LineReader(stream)
    }

    mutating func serve(_ handler: (LoopbackRequest) -> LoopbackResponse) {
        while let request = nextRequest() {
            let response = handler(request)
            guard send(response, to: request) else { return }
            switch response.ending {
            case .keep: if response.framing == .untilClose { return }
            case .close: return
            case .reset: return stream.resetOnClose()
            case .stall: return stream.waitForHangUp()
            }
        }
    }

    private mutating func nextRequest() -> LoopbackRequest? {
        guard let line = reader.line() else { return nil }
        let words = line.split(separator: " ")
        guard words.count == 3, words[2].hasPrefix("HTTP/1.") else { return nil }
        var request = LoopbackRequest(method: String(words[0]), target: String(words[1]), connection: number)
        while true {
            guard let field = reader.line(), request.headers.count < 1000 else { return nil }
            if field.isEmpty { break }
            guard let colon = field.firstIndex(of: ":") else { return nil }
            let value = field[field.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            request.headers.append((String(field[..<colon]), String(value)))
        }
        if let length = request.header("Content-Length").flatMap({ Int($0) }) {
            guard (0...(64 << 20)).contains(length), let body = reader.bytes(length) else { return nil }
            request.body = body
        }
        return request
    }

    private func send(_ response: LoopbackResponse, to request: LoopbackRequest) -> Bool {
        if let raw = response.raw {
            return response.drip == nil ? stream.write(raw) : sendBody(raw, as: .untilClose, of: response)
        }
        let hasBody = request.method != "HEAD" && response.status != 304 && response.status != 204
        guard stream.write(head(of: response, hasBody: hasBody)) else { return false }
        guard hasBody else { return true }
        let body = response.cutAfter.map { response.body.prefix($0) } ?? response.body[...]
        guard sendBody(Array(body), as: response.framing, of: response) else { return false }
        return response.framing != .chunked || response.cutAfter != nil || stream.write("0\r\n\r\n".utf8)
    }

    private func head(of response: LoopbackResponse, hasBody: Bool) -> [UInt8] {
        var head = "HTTP/1.1 \(response.status) \(reason(response.status))\r\n"
        for (name, value) in response.headers { head += "\(name): \(value)\r\n" }
        let isFramed = response.headers.contains {
            ["content-length", "transfer-encoding"].contains($0.0.lowercased())
        }
        if hasBody, !isFramed {
            switch response.framing {
            case .contentLength: head += "Content-Length: \(response.body.count)\r\n"
            case .chunked: head += "Transfer-Encoding: chunked\r\n"
            case .untilClose: break
            }
        }
        let isLast = response.ending != .keep || response.framing == .untilClose
        if isLast { head += "Connection: close\r\n" }
        return Array((head + "\r\n").utf8)
    }

    private func sendBody(_ body: [UInt8], as framing: LoopbackResponse.Framing, of response: LoopbackResponse) -> Bool
    {
        let size = max(1, response.drip?.bytes ?? 64 << 10)
        repeat {
            var rest = body[...]
            while !rest.isEmpty {
                guard send(piece: rest.prefix(size), chunked: framing == .chunked) else { return false }
                rest = rest.dropFirst(size)
                if let drip = response.drip, !stream.pause(drip.pause) { return false }
            }
        } while response.isEndless && !body.isEmpty
        return true
    }

    private func send(piece: ArraySlice<UInt8>, chunked: Bool) -> Bool {
        guard chunked else { return stream.write(piece) }
        return stream.write(Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + Array("\r\n".utf8))
    }

    private func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 304: "Not Modified"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 429: "Too Many Requests"
        case 503: "Service Unavailable"
        default: "Status"
        }
    }
}
