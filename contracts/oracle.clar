;; oracle
;;
;; Prices in micro-USD per whole asset. Feeders report them; a report that jumps trips a breaker and
;; stops the whole price feed until the admin has looked at it.

(impl-trait .protocol-traits.oracle-trait)

;; --- errors ------------------------------------------------------------------------------------

(define-constant err-invalid-input u400)
(define-constant err-insufficient-funds u402)
(define-constant err-unauthorized u403)
(define-constant err-not-found u404)
(define-constant err-rate-limited u429)
(define-constant err-contract-paused u503)

;; --- constants ---------------------------------------------------------------------------------

(define-constant scale u1000000)
(define-constant max-uint u340282366920938463463374607431768211455)
(define-constant deviation-breaker "oracle-deviation")

;; --- maps --------------------------------------------------------------------------------------

(define-map prices
  { symbol: (string-ascii 10) }
  {
    price: uint,
    last-updated: uint,
    updater: principal
  }
)

(define-map feeders
  { feeder: principal }
  { since: uint }
)

;; --- private -----------------------------------------------------------------------------------

(define-private (ensure-not-paused (action-type (string-ascii 20)))
  (contract-call? .parameter-contract check-circuit-breaker (concat "action-" action-type)))

(define-private (is-admin)
  (contract-call? .upgrade-manager is-contract-admin contract-caller))

;; How far a new price is from the old one, as a ratio of the old one. A difference that is too large
;; to be scaled counts as the largest deviation: it must trip the breaker and not abort the report.
(define-private (get-deviation (old-price uint) (new-price uint))
  (let ((difference (if (> new-price old-price) (- new-price old-price) (- old-price new-price))))
    (if (> difference (/ max-uint scale))
      max-uint
      (/ (* difference scale) old-price))))

;; `true` for a price that was stored, `false` for one that was not.
(define-private (store-price (symbol (string-ascii 10)) (price uint))
  (begin
    (map-set prices
      { symbol: symbol }
      { price: price, last-updated: burn-block-height, updater: contract-caller })
    (print { event: "price-updated", symbol: symbol, price: price })
    true))

(define-private (reject-price (symbol (string-ascii 10)) (price uint) (previous uint))
  (begin
    (print { event: "price-rejected", symbol: symbol, price: price, previous: previous })
    false))

;; --- read-only ---------------------------------------------------------------------------------

(define-read-only (get-price (symbol (string-ascii 10)))
  (let (
      (entry (unwrap! (map-get? prices { symbol: symbol }) (err err-not-found)))
      (max-age (try! (contract-call? .parameter-contract get-parameter "oracle-max-age")))
    )
    (asserts!
      (not (contract-call? .parameter-contract is-circuit-breaker-active deviation-breaker))
      (err err-contract-paused))
    (asserts! (<= burn-block-height (+ (get last-updated entry) max-age)) (err err-contract-paused))
    (ok (get price entry))))

;; For people and programs that judge the price themselves: it never refuses.
(define-read-only (get-price-info (symbol (string-ascii 10)))
  (map-get? prices { symbol: symbol }))

(define-read-only (is-feeder (who principal))
  (is-some (map-get? feeders { feeder: who })))

;; --- public: administration --------------------------------------------------------------------

(define-public (add-feeder (feeder principal))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (not (is-feeder feeder)) (err err-invalid-input))
    (map-set feeders { feeder: feeder } { since: burn-block-height })
    (print { event: "feeder-added", feeder: feeder })
    (ok true)))

(define-public (remove-feeder (feeder principal))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (is-feeder feeder) (err err-not-found))
    (map-delete feeders { feeder: feeder })
    (print { event: "feeder-removed", feeder: feeder })
    (ok true)))

;; Lists a symbol, or overrides its price after a jump that turned out to be real.
(define-public (set-price (symbol (string-ascii 10)) (price uint))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (> (len symbol) u0) (err err-invalid-input))
    (asserts! (> price u0) (err err-invalid-input))
    (store-price symbol price)
    (ok true)))

;; --- public: feeders ---------------------------------------------------------------------------

;; A rejected price is `(ok false)`: an error would take the tripped breaker back with it.
(define-public (update-price (symbol (string-ascii 10)) (price uint))
  (begin
    (try! (ensure-not-paused "oracle"))
    (asserts! (is-feeder contract-caller) (err err-unauthorized))
    (asserts! (> price u0) (err err-invalid-input))
    (let (
        (previous (get price (unwrap! (get-price-info symbol) (err err-not-found))))
        (deviation (get-deviation previous price))
        (tripped (try! (contract-call? .parameter-contract trip-circuit-breaker deviation-breaker deviation)))
      )
      (ok (if tripped
        (reject-price symbol price previous)
        (store-price symbol price))))))
