import FeedModel

/// The page that searches a profile's archive in the browser: the only page of ours with a script, and that script is the file
/// beside it. The policy lets nothing else run or load.
func searchPage(profile: String, months: [ArchivedMonth]) -> String {
    let list = months.reversed().map(\.description).joined(separator: " ")
    let policy =
        "default-src 'none'; script-src 'self' file:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    return HTMLPage.head(title: "Durbeen: search in \(profile)", policy: policy) + """
        <header>
        <p class="kicker"><a href="index.html">\(escaped(profile))</a></p>
        <h1>Search</h1>
        </header>
        <main data-months="\(list)">
        <p><label for="q">Words in title, text, source or topic</label><br>
        <input id="q" type="search" autofocus></p>
        <p id="state" class="sum" role="status">The search needs its script, search.js.</p>
        <div class="more"><ul id="found"></ul></div>
        </main>
        </div>
        <script src="search.js"></script>
        </body>
        </html>

        """
}

/// Loads the months' data, newest first, and shows what has all the words asked for. Text is put into the page as text only.
let searchScript = """
    "use strict";
    (function () {
      const main = document.querySelector("main"), box = document.getElementById("q");
      const state = document.getElementById("state"), list = document.getElementById("found");
      const months = main.dataset.months.split(" ").filter(Boolean), rows = [], most = 100;
      let loaded = 0;

      function fold(text) { return text.normalize("NFKD").replace(/\\p{M}/gu, "").toLowerCase(); }

      function count(number, one, many) { return number + " " + (number === 1 ? one : many); }

      window.durbeenAdd = function (month, fresh) {
        for (const row of fresh) rows.push({ row: row, text: fold(row.slice(1).join(" ")) });
      };

      function element(name, text, kind) {
        const made = document.createElement(name);
        if (text) made.textContent = text;
        if (kind) made.className = kind;
        return made;
      }

      function link(text, address) {
        if (!/^https?:\\/\\//.test(address)) return element("span", text);
        const made = element("a", text);
        made.href = address;
        made.rel = "noopener noreferrer nofollow";
        return made;
      }

      function item(row) {
        const made = element("li"), about = element("span", row[3] + " · " + row[4] + " · ", "meta");
        const edition = element("a", row[0]), date = row[0].slice(0, 10).split("-");
        edition.href = date[0] + "/" + date[1] + "/" + row[0] + ".html";
        const head = link(row[1], row[2]);
        head.dir = "auto";
        about.append(edition);
        made.append(head, about);
        return made;
      }

      function show() {
        const words = fold(box.value).split(/\\s+/).filter(Boolean);
        const found = words.length ? rows.filter(function (one) {
          return words.every(function (word) { return one.text.includes(word); });
        }) : [];
        list.replaceChildren(...found.slice(0, most).map(function (one) { return item(one.row); }));
        const progress = loaded < months.length ? ", " + (months.length - loaded) + " months still loading" : "";
        state.textContent = words.length
          ? found.length + " found" + (found.length > most ? ", the newest " + most + " shown" : "") + progress
          : count(rows.length, "story", "stories") + " in " + count(months.length, "month", "months") + progress;
      }

      // Fetched side by side, run in order.
      function load() {
        for (const month of months) {
          const script = document.createElement("script");
          script.async = false;
          script.src = "search/" + month + ".js";
          script.onload = script.onerror = function () {
            loaded += 1;
            if (loaded === 1 || loaded === months.length) show();
          };
          document.body.append(script);
        }
      }

      let asked = 0;
      box.addEventListener("input", function () { clearTimeout(asked); asked = setTimeout(show, 60); });
      const start = new URLSearchParams(location.search).get("q");
      if (start) box.value = start;
      show();
      load();
    })();

    """
