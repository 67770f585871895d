;; oracle
;;
;; Prices in micro-USD per whole asset. The price is the median of what most feeders say at the same
;; time and, for those who say nothing, of the last price. One that jumps, at once or bit by bit, trips
;; a breaker and stops the whole price feed until the admin has looked at what the feeders report, or a
;; week has passed. The admin has no price of their own but one that was announced a day before.

(impl-trait .protocol-traits.oracle-trait)

;; --- errors ------------------------------------------------------------------------------------

(define-constant err-invalid-input u400)
(define-constant err-unauthorized u403)
(define-constant err-not-found u404)
(define-constant err-rate-limited u429)
(define-constant err-contract-paused u503)

;; --- constants ---------------------------------------------------------------------------------

(define-constant scale u1000000)
(define-constant deviation-breaker "oracle-deviation")

;; A price beyond this, a trillion USD, is a mistake; one within it can be multiplied without overflow.
(define-constant highest-price u1000000000000000000)
;; Reports are taken together as long as they are at most this many Bitcoin blocks old.
(define-constant report-age u3)
;; All moves within so many blocks, about a day, are judged together, and those of the window before.
(define-constant window-length u144)
;; How long a new feeder, or a price of the admin's, is announced before it counts: about a day.
(define-constant announcement u144)
;; How long the price breaker may last before anybody may confirm what most feeders report: about a week.
(define-constant longest-stop u1008)
;; Outages of prices less than this many blocks apart count as one, like activations of a breaker.
(define-constant outage-gap u144)

;; --- variables ---------------------------------------------------------------------------------

(define-data-var feeder-list (list 7 principal) (list))
;; Until when feeders that were removed count as ones that say nothing. Who could make fewer of them count at
;; once would choose who is the price.
(define-data-var departures (list 7 uint) (list))
;; Whether a price has been listed: until then nobody relies on a feeder, and new ones count at once.
(define-data-var is-live bool false)
;; The symbols whose last report jumped, and has not been accepted.
(define-data-var rejected-count uint u0)

;; --- maps --------------------------------------------------------------------------------------

(define-map prices
  { symbol: (string-ascii 10) }
  {
    price: uint,
    last-updated: uint,
    updater: principal
  }
)

;; `active-from` is the height from which the feeder's reports count.
(define-map feeders
  { feeder: principal }
  { since: uint, active-from: uint }
)

(define-map reports
  { symbol: (string-ascii 10), feeder: principal }
  { price: uint, height: uint }
)

;; The prices that all moves are measured from: those before this window, and before the last one. With
;; one of them alone, moves on either side of the border would add up.
(define-map windows
  { symbol: (string-ascii 10) }
  { anchor: uint, last-anchor: uint, started: uint }
)

(define-map rejected-symbols
  { symbol: (string-ascii 10) }
  { height: uint }
)

;; From when to when a price was too old last, and before that. An outage of one price is none for a policy
;; that does not need it: whoever begins to report a forgotten symbol again brings no policy back.
(define-map last-outages
  { symbol: (string-ascii 10) }
  { since: uint, until: uint }
)

(define-map earlier-outages
  { symbol: (string-ascii 10) }
  { since: uint, until: uint }
)

;; By which symbol a collateral token is priced.
(define-map token-symbols
  { token-contract: principal }
  { symbol: (string-ascii 10) }
)

(define-map announced-prices
  { symbol: (string-ascii 10) }
  { price: uint, applies-from: uint }
)

;; --- private -----------------------------------------------------------------------------------

(define-private (ensure-not-paused (action-type (string-ascii 20)))
  (contract-call? .parameter-contract check-circuit-breaker (concat "action-" action-type)))

(define-private (is-admin)
  (contract-call? .upgrade-manager is-contract-admin contract-caller))

(define-private (is-caller-named (name (string-ascii 50)))
  (contract-call? .upgrade-manager is-contract-named name contract-caller))

;; How far a new price is from an old one, as a ratio of the old one.
(define-private (get-deviation (old-price uint) (new-price uint))
  (/
    (* (if (> new-price old-price) (- new-price old-price) (- old-price new-price)) scale)
    old-price))

(define-private (larger-of (a uint) (b uint))
  (if (> a b) a b))

;; Notes the time in which a price that is about to be replaced was too old.
(define-private (note-outage (symbol (string-ascii 10)) (last-updated uint))
  (let (
      (stale-from (+ last-updated (get-max-age) u1))
      (outage (get-last-outage symbol))
      (continues (and
        (> (get until outage) u0)
        (< stale-from (+ (get until outage) outage-gap))))
    )
    (if (>= stale-from burn-block-height)
      true
      (begin
        (and (not continues) (map-set earlier-outages { symbol: symbol } outage))
        (map-set last-outages { symbol: symbol } {
          since: (if continues (get since outage) stale-from),
          until: burn-block-height
        })))))

(define-private (get-max-age)
  (unwrap! (contract-call? .parameter-contract get-parameter "oracle-max-age") u0))

(define-private (store-price
    (symbol (string-ascii 10))
    (price uint)
    (window { anchor: uint, last-anchor: uint, started: uint }))
  (let ((entry (map-get? prices { symbol: symbol })))
    (match entry
      previous (note-outage symbol (get last-updated previous))
      true)
    (map-set windows { symbol: symbol } window)
    (map-set prices
      { symbol: symbol }
      { price: price, last-updated: burn-block-height, updater: contract-caller })
    (print { event: "price-updated", symbol: symbol, price: price })
    true))

(define-private (reject-price (symbol (string-ascii 10)) (price uint) (previous uint))
  (begin
    (if (map-insert rejected-symbols { symbol: symbol } { height: burn-block-height })
      (var-set rejected-count (+ (var-get rejected-count) u1))
      true)
    (print { event: "price-rejected", symbol: symbol, price: price, previous: previous })
    false))

;; A window that begins with a price which has been looked at.
(define-private (new-window (price uint))
  { anchor: price, last-anchor: price, started: burn-block-height })

;; Stores a price that somebody has looked at. The breaker stays while another symbol still waits.
(define-private (accept (symbol (string-ascii 10)) (price uint))
  (begin
    (store-price symbol price (new-window price))
    (if (map-delete rejected-symbols { symbol: symbol })
      (var-set rejected-count (- (var-get rejected-count) u1))
      true)
    (if (is-eq (var-get rejected-count) u0)
      (contract-call? .parameter-contract deactivate-circuit-breaker deviation-breaker)
      (ok true))))

;; The window that a report made now belongs to.
(define-private (get-window (symbol (string-ascii 10)) (previous uint))
  (let (
      (window (default-to (new-window previous) (map-get? windows { symbol: symbol })))
      (started (get started window))
    )
    (if (< burn-block-height (+ started window-length))
      window
      (if (< burn-block-height (+ started (* window-length u2)))
        { anchor: previous, last-anchor: (get anchor window), started: burn-block-height }
        (new-window previous)))))

(define-private (is-active-feeder (who principal))
  (match (map-get? feeders { feeder: who })
    feeder (>= burn-block-height (get active-from feeder))
    false))

;; Fold step that collects what feeders have reported of late.
(define-private (add-report
    (feeder principal)
    (state { symbol: (string-ascii 10), found: (list 7 uint) }))
  (match (map-get? reports { symbol: (get symbol state), feeder: feeder })
    report (if (and
        (is-active-feeder feeder)
        (<= burn-block-height (+ (get height report) report-age)))
      (merge state {
        found: (default-to (get found state)
          (as-max-len? (append (get found state) (get price report)) u7))
      })
      state)
    state))

(define-private (get-recent-reports (symbol (string-ascii 10)))
  (get found (fold add-report (var-get feeder-list) { symbol: symbol, found: (list) })))

;; Fold step that counts the prices up to a bound.
(define-private (count-up-to (price uint) (state { bound: uint, count: uint }))
  (if (<= price (get bound state))
    (merge state { count: (+ (get count state) u1) })
    state))

;; Fold step that finds the lowest price which at least half of all prices do not exceed.
(define-private (take-median (price uint) (state { all: (list 7 uint), median: uint }))
  (let ((up-to (get count (fold count-up-to (get all state) { bound: price, count: u0 }))))
    (if (and
        (>= (* up-to u2) (len (get all state)))
        (< price (get median state)))
      (merge state { median: price })
      state)))

(define-private (get-median (all (list 7 uint)))
  (get median (fold take-median all { all: all, median: highest-price })))

;; Fold step that puts the last price into the slots that no report has taken.
(define-private (fill-slot (slot uint) (state { price: uint, slots: uint, all: (list 7 uint) }))
  (if (and (>= slot (len (get all state))) (< slot (get slots state)))
    (merge state {
      all: (default-to (get all state)
        (as-max-len? (append (get all state) (get price state)) u7))
    })
    state))

;; What the feeders agree on. Whoever has not reported counts for the last price, which also breaks a
;; tie: with fewer reports than feeders, the median of the reports alone could be a minority's.
(define-private (get-agreed-price (recent (list 7 uint)) (last-price uint))
  (let ((feeder-count (get-feeder-count)))
    (get-median (get all (fold fill-slot (list u0 u1 u2 u3 u4 u5 u6) {
      price: last-price,
      slots: (if (is-eq (mod feeder-count u2) u0) (+ feeder-count u1) feeder-count),
      all: recent
    })))))

(define-private (is-ahead (height uint))
  (< burn-block-height height))

;; Those whose reports count, and those who were removed within a day.
(define-private (get-feeder-count)
  (+
    (len (filter is-active-feeder (var-get feeder-list)))
    (len (filter is-ahead (var-get departures)))))

;; More than half of the feeders that count.
(define-private (get-reports-needed)
  (+ (/ (get-feeder-count) u2) u1))

;; A feeder that has not counted yet leaves nothing behind, and before the first price there is nobody to warn.
;; There is room: a new feeder counts when the one whose place it took is forgotten.
(define-private (note-departure (feeder principal))
  (let ((recent (filter is-ahead (var-get departures))))
    (if (and (var-get is-live) (is-active-feeder feeder))
      (var-set departures
        (default-to recent (as-max-len? (append recent (+ burn-block-height announcement)) u7)))
      true)))

;; The price breaker is the admin's to look at, but not to leave as it is.
(define-private (is-overdue)
  (and
    (contract-call? .parameter-contract is-circuit-breaker-active deviation-breaker)
    (> burn-block-height (+
      (get since (contract-call? .parameter-contract get-breaker-outage deviation-breaker))
      longest-stop))))

(define-private (is-not-removed
    (feeder principal)
    (state { removed: principal, kept: (list 7 principal) }))
  (if (is-eq feeder (get removed state))
    state
    (merge state {
      kept: (default-to (get kept state) (as-max-len? (append (get kept state) feeder) u7))
    })))

(define-private (is-price (price uint))
  (and (> price u0) (<= price highest-price)))

;; --- read-only ---------------------------------------------------------------------------------

(define-read-only (get-price (symbol (string-ascii 10)))
  (get-price-of-age symbol (try! (contract-call? .parameter-contract get-parameter "oracle-max-age"))))

;; For whoever takes on new risk, or sells somebody's collateral: a price that is a few blocks old.
(define-read-only (get-fresh-price (symbol (string-ascii 10)))
  (get-price-of-age symbol
    (try! (contract-call? .parameter-contract get-parameter "oracle-fresh-age"))))

;; 404 not listed; 503 while the breaker is active, or older than `max-age` Bitcoin blocks.
(define-read-only (get-price-of-age (symbol (string-ascii 10)) (max-age uint))
  (let ((entry (unwrap! (map-get? prices { symbol: symbol }) (err err-not-found))))
    (asserts!
      (not (contract-call? .parameter-contract is-circuit-breaker-active deviation-breaker))
      (err err-contract-paused))
    (asserts!
      (<= (- burn-block-height (get last-updated entry)) max-age)
      (err err-contract-paused))
    (ok (get price entry))))

;; For people and programs that judge the price themselves: it never refuses.
(define-read-only (get-price-info (symbol (string-ascii 10)))
  (map-get? prices { symbol: symbol }))

(define-read-only (get-report (symbol (string-ascii 10)) (feeder principal))
  (map-get? reports { symbol: symbol, feeder: feeder }))

(define-read-only (get-announced-price (symbol (string-ascii 10)))
  (map-get? announced-prices { symbol: symbol }))

(define-read-only (is-feeder (who principal))
  (is-some (map-get? feeders { feeder: who })))

;; From when to when a price was too old last, in Bitcoin blocks; zero, if it never was. It is noted with the
;; price that ends it: whoever asks for a price now learns that it is too old by asking.
(define-read-only (get-last-outage (symbol (string-ascii 10)))
  (default-to { since: u0, until: u0 } (map-get? last-outages { symbol: symbol })))

;; From when to when it was so before that.
(define-read-only (get-earlier-outage (symbol (string-ascii 10)))
  (default-to { since: u0, until: u0 } (map-get? earlier-outages { symbol: symbol })))

;; The symbol of a collateral token; empty for any other.
(define-read-only (get-token-symbol (token-contract principal))
  (default-to "" (get symbol (map-get? token-symbols { token-contract: token-contract }))))

;; --- public: administration --------------------------------------------------------------------

;; A new feeder's reports count after a day, unless no price is listed yet. For the admin (403). 400 a
;; feeder already, or more than seven.
(define-public (add-feeder (feeder principal))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (not (is-feeder feeder)) (err err-invalid-input))
    (var-set feeder-list
      (unwrap! (as-max-len? (append (var-get feeder-list) feeder) u7) (err err-invalid-input)))
    (map-set feeders { feeder: feeder } {
      since: burn-block-height,
      active-from: (if (var-get is-live) (+ burn-block-height announcement) burn-block-height)
    })
    (print { event: "feeder-added", feeder: feeder })
    (ok true)))

;; For another day the feeder counts as one that says nothing. For the admin (403). 404 no feeder.
(define-public (remove-feeder (feeder principal))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (is-feeder feeder) (err err-not-found))
    (note-departure feeder)
    (map-delete feeders { feeder: feeder })
    (var-set feeder-list
      (get kept (fold is-not-removed (var-get feeder-list) { removed: feeder, kept: (list) })))
    (print { event: "feeder-removed", feeder: feeder })
    (ok true)))

;; Lists a symbol at a price in micro-USD, or announces a price for a listed one, which `apply-price` can
;; set after a day. For the admin (403). 400 an empty symbol, or a price of zero or beyond all bounds.
(define-public (set-price (symbol (string-ascii 10)) (price uint))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (> (len symbol) u0) (err err-invalid-input))
    (asserts! (is-price price) (err err-invalid-input))
    (if (is-none (get-price-info symbol))
      (begin
        (var-set is-live true)
        (store-price symbol price (new-window price))
        (ok true))
      (let ((applies-from (+ burn-block-height announcement)))
        (map-set announced-prices
          { symbol: symbol }
          { price: price, applies-from: applies-from })
        (print {
          event: "price-announced",
          symbol: symbol,
          price: price,
          applies-from: applies-from
        })
        (ok true)))))

;; Sets the price that was announced, for one more day. The way out where feeders have failed. For the
;; admin (403). 404 nothing announced; 400 too early or too late.
(define-public (apply-price (symbol (string-ascii 10)))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (let ((announced (unwrap! (get-announced-price symbol) (err err-not-found))))
      (asserts!
        (and
          (>= burn-block-height (get applies-from announced))
          (<= burn-block-height (+ (get applies-from announced) announcement)))
        (err err-invalid-input))
      (map-delete announced-prices { symbol: symbol })
      (accept symbol (get price announced)))))

;; Confirms what most feeders report now, however far it is from the last price, and lifts the price
;; breaker once no other symbol waits. For the admin, and for anybody once the breaker has been active for
;; a week (403). 404 not listed; 400 too few reports.
(define-public (accept-price (symbol (string-ascii 10)))
  (begin
    (asserts! (or (is-admin) (is-overdue)) (err err-unauthorized))
    (let (
        (previous (get price (unwrap! (get-price-info symbol) (err err-not-found))))
        (recent (get-recent-reports symbol))
      )
      (asserts! (>= (len recent) (get-reports-needed)) (err err-invalid-input))
      (accept symbol (get-agreed-price recent previous)))))

;; --- public: tokens ----------------------------------------------------------------------------

;; Notes by which symbol a collateral token is priced. For the pool that lists it (403). 503 paused.
(define-public (link-token (token-contract principal) (symbol (string-ascii 10)))
  (begin
    (try! (ensure-not-paused "oracle"))
    (asserts! (is-caller-named "liquidity-pool") (err err-unauthorized))
    (map-set token-symbols { token-contract: token-contract } { symbol: symbol })
    (print { event: "token-linked", token-contract: token-contract, symbol: symbol })
    (ok true)))

;; --- public: feeders ---------------------------------------------------------------------------

;; Reports a price in micro-USD per whole asset. Returns whether it made a new price: not before most
;; feeders have reported, and not if their median jumps. A rejected price is `(ok false)`: an error
;; would take the tripped breaker back with it. For feeders that count (403). 503 paused; 400 a price
;; of zero or beyond all bounds; 404 not listed; 429 a second report in one Bitcoin block.
(define-public (update-price (symbol (string-ascii 10)) (price uint))
  (let ((feeder contract-caller))
    (try! (ensure-not-paused "oracle"))
    (asserts! (is-active-feeder feeder) (err err-unauthorized))
    (asserts! (is-price price) (err err-invalid-input))
    (let (
        (previous (get price (unwrap! (get-price-info symbol) (err err-not-found))))
        (last-report (default-to u0 (get height (get-report symbol feeder))))
      )
      (asserts! (> burn-block-height last-report) (err err-rate-limited))
      (map-set reports
        { symbol: symbol, feeder: feeder }
        { price: price, height: burn-block-height })
      (print { event: "price-reported", symbol: symbol, feeder: feeder, price: price })
      (let (
          (recent (get-recent-reports symbol))
          (median (get-agreed-price recent previous))
          (window (get-window symbol previous))
          (deviation (larger-of
            (get-deviation previous median)
            (larger-of
              (get-deviation (get anchor window) median)
              (get-deviation (get last-anchor window) median))))
        )
        (if (< (len recent) (get-reports-needed))
          (ok false)
          (ok (if (try! (contract-call? .parameter-contract trip-circuit-breaker deviation-breaker deviation))
            (reject-price symbol median previous)
            (store-price symbol median window))))))))
