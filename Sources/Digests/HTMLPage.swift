/// What every page of ours begins with: the policy that lets nothing be loaded or run, and the one style sheet.
enum HTMLPage {
    /// What nothing but the search page departs from.
    private static let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

    /// Up to and with the opening of `<div class="page">`. `title` is escaped here.
    static func head(title: String, policy: String = policy) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="\(policy)">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="referrer" content="no-referrer">
        <title>\(escaped(title))</title>
        <style>
        \(style)
        </style>
        </head>
        <body>
        <div class="page">

        """
    }

    private static let style = """
        :root{color-scheme:light dark;--paper:#fbfaf7;--ink:#1d2329;--soft:#5d656e;--line:#dfdbd2;--link:#17406d;
        --mark:#fbedc0;--urgent:#a3271b;--security:#8a2f2a;--economy:#23603f;--people:#6a4a12;--diplomacy:#24507f}
        @media (prefers-color-scheme:dark){:root{--paper:#15181c;--ink:#e4e2dc;--soft:#9ba3ab;--line:#30353b;
        --link:#9cc4ee;--mark:#574813;--urgent:#ff9d90;--security:#ec9a92;--economy:#8ccba5;--people:#dcb878;
        --diplomacy:#98bde8}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--paper);color:var(--ink);
        font:17px/1.55 Charter,"Bitstream Charter","Iowan Old Style","Source Serif 4",Georgia,"Noto Serif",serif;
        -webkit-text-size-adjust:100%;overflow-wrap:break-word}
        .page{max-width:44rem;margin:0 auto;padding:2.75rem 1.5rem 3rem}
        a{color:var(--link);text-decoration:none}
        a:hover,a:focus{text-decoration:underline}
        .kicker,.meta,.why,.sum,.date,footer,h2,.n,.flag,.quiet,.urgent,.more h4
        {font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",Helvetica,Arial,sans-serif}
        header{border-bottom:3px double var(--line);padding-bottom:1.1rem}
        .kicker{margin:0;font-size:.75rem;letter-spacing:.09em;text-transform:uppercase;color:var(--soft)}
        h1{margin:.2rem 0 .35rem;font-size:2.1rem;line-height:1.15;font-weight:600;letter-spacing:-.012em}
        .date{margin:0;font-size:.98rem}
        .zone{color:var(--soft);margin-left:.4em;white-space:nowrap}
        .sum{margin:.55rem 0 0;font-size:.86rem;color:var(--soft)}
        .urgent{margin:1.5rem 0 0;padding:.75rem 1.1rem;border-left:4px solid var(--urgent);
        background:rgba(163,39,27,.07)}
        .urgent h2{margin:0 0 .2rem;color:var(--urgent);font-size:.78rem;letter-spacing:.08em;text-transform:uppercase}
        .urgent ul{margin:0;padding-left:1.1rem;font-size:.95rem}
        .area{margin-top:2.6rem}
        .area>h2{margin:0;padding-bottom:.3rem;font-size:.84rem;font-weight:700;letter-spacing:.11em;
        text-transform:uppercase;border-bottom:2px solid currentColor}
        .security>h2{color:var(--security)}.economy>h2{color:var(--economy)}
        .people>h2{color:var(--people)}.diplomacy>h2{color:var(--diplomacy)}
        h3{margin:1.5rem 0 0;font-size:1.32rem;line-height:1.25;font-weight:600}
        .n{font-size:.78rem;font-weight:400;color:var(--soft);margin-left:.2em}
        article{padding:1rem 0 .95rem;border-bottom:1px solid var(--line)}
        article:last-child{border-bottom:0}
        h4{margin:0;font-size:1.1rem;line-height:1.35;font-weight:600}
        .meta{margin:.22rem 0 0;font-size:.8rem;line-height:1.45;color:var(--soft)}
        .meta b{font-weight:600;color:var(--ink)}
        .txt{margin:.5rem 0 0}
        mark{background:var(--mark);color:inherit;padding:.04em .14em;margin:0 -.14em;border-radius:2px}
        .why{margin:.45rem 0 0;font-size:.8rem;line-height:1.45;color:var(--soft)}
        .flag{color:var(--urgent);font-size:.72rem;letter-spacing:.06em;text-transform:uppercase}
        .more{margin:.9rem 0 0}
        .more h4{font-size:.75rem;letter-spacing:.08em;text-transform:uppercase;color:var(--soft)}
        .more ul{margin:.3rem 0 0;padding:0;list-style:none}
        .more li{padding:.32rem 0;font-size:.98rem;line-height:1.4}
        .more .meta{display:block;margin:.1rem 0 0}
        [dir=rtl]{text-align:right;font-family:"Noto Nastaliq Urdu","Jameel Noori Nastaleeq","Noto Naskh Arabic",
        "Geeza Pro",serif;line-height:2}
        .bal table{border-collapse:collapse;margin-top:.8rem;font:400 .84rem/1.4 system-ui,sans-serif;\
        font-variant-numeric:tabular-nums}
        .bal caption{text-align:left;color:var(--soft);padding-bottom:.3rem}
        .bal th,.bal td{text-align:left;font-weight:400;padding:.15rem .9rem .15rem 0;white-space:nowrap}
        .bal thead th{color:var(--soft)}.bal svg{display:block}
        tr.security svg{color:var(--security)}tr.economy svg{color:var(--economy)}
        tr.people svg{color:var(--people)}tr.diplomacy svg{color:var(--diplomacy)}
        .odd{margin:.7rem 0 0;padding-left:1.1rem;font-size:.9rem}
        em{font-style:normal;color:var(--ink)}
        rect.security{color:var(--security)}rect.economy{color:var(--economy)}
        rect.people{color:var(--people)}rect.diplomacy{color:var(--diplomacy)}
        .bal thead .security{color:var(--security)}.bal thead .economy{color:var(--economy)}
        .bal thead .people{color:var(--people)}.bal thead .diplomacy{color:var(--diplomacy)}
        svg.time{max-width:100%;height:auto}
        h2.t{font-family:inherit;font-size:1.1rem;line-height:1.35;font-weight:600;margin:0;letter-spacing:0;\
        text-transform:none}
        .more h2{margin:1.4rem 0 0;font-size:1rem}
        input{font:inherit;width:100%;padding:.5rem .7rem;border:1px solid var(--soft);border-radius:4px;\
        background:transparent;color:inherit}
        label{font-size:.86rem;color:var(--soft)}
        .quiet{margin:2rem 0;color:var(--soft)}
        footer{margin-top:3rem;padding-top:1rem;border-top:3px double var(--line);font-size:.82rem;color:var(--soft)}
        footer h2{margin:0 0 .3rem;font-size:.84rem;letter-spacing:.08em;text-transform:uppercase;color:var(--ink)}
        footer h3{margin:.8rem 0 .2rem;font-size:.86rem;color:var(--ink);font-family:inherit}
        footer p{margin:.15rem 0}
        footer ul{margin:0;padding-left:1.1rem}
        .id{margin-top:.9rem;overflow-wrap:anywhere}
        @media (max-width:600px){body{font-size:16px}.page{padding:1.4rem 1rem 2rem}h1{font-size:1.65rem}
        .zone{display:block;margin:0}.area{margin-top:2rem}h3{font-size:1.2rem}.bal th,.bal td{padding-right:.45rem}
        .bal td svg{width:64px}}
        @media print{:root{color-scheme:light;--paper:#fff;--ink:#000;--soft:#444;--line:#bbb;--link:#000;--mark:#eee;
        --urgent:#a3271b;--security:#8a2f2a;--economy:#23603f;--people:#6a4a12;--diplomacy:#24507f}
        h4 a::after,.more li>span>a::after{content:" " attr(href);font:400 7.5pt/1.3 system-ui,sans-serif;\
        color:var(--soft);overflow-wrap:anywhere}
        body{font-size:10.5pt}.page{max-width:none;padding:0}article,.more li{break-inside:avoid}
        h2,h3,h4{break-after:avoid}.txt{orphans:3;widows:3}}
        """
}
