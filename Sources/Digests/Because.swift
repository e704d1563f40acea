import FeedModel

/// Why an entry was chosen, in one line: "Reko Diq in title +15; DFC +2". The four labels with the most points; gates, which
/// have none, are named only if nothing else is known.
func because(_ hits: [Hit]) -> String {
    struct Reason {
        var label: String
        var points = 0.0
        var isInTitle = false
    }
    var reasons: [Reason] = []
    for hit in hits where hit.points.isFinite {
        var label = shortened(cleaned(hit.label), to: 40)
        guard !label.isEmpty else { continue }
        // Without this mark the points would be drawn into an Urdu label, reading from right to left.
        if isRightToLeft(label, language: nil) { label += "\u{200E}" }
        let index = reasons.firstIndex { $0.label == label } ?? reasons.endIndex
        if index == reasons.endIndex { reasons.append(Reason(label: label)) }
        reasons[index].points += hit.points
        if hit.field == .title { reasons[index].isInTitle = true }
    }
    let weighty = reasons.filter { $0.points != 0 }
    guard !weighty.isEmpty else {
        return reasons.prefix(4).map { $0.label + ($0.isInTitle ? " in title" : "") }.joined(separator: "; ")
    }
    // The sort must be stable for the bytes to be: equal points keep the order in which the matcher found them.
    let ordered = weighty.enumerated().sorted {
        $0.element.points != $1.element.points ? $0.element.points > $1.element.points : $0.offset < $1.offset
    }.map(\.element)
    return ordered.prefix(4).map { reason in
        reason.label + (reason.isInTitle ? " in title " : " ") + pointsText(reason.points)
    }.joined(separator: "; ")
}

/// "+15", "+2.5", "-4": at most one decimal.
private func pointsText(_ points: Double) -> String {
    let tenths = Int((min(max(points, -1e9), 1e9) * 10).rounded())
    let sign = tenths < 0 ? "-" : "+"
    let size = abs(tenths)
    return sign + String(size / 10) + (size % 10 == 0 ? "" : ".\(size % 10)")
}
