;; p2p-marketplace
;;
;; Offers of protection from one provider to whoever accepts them, at the provider's own premium.
;; The marketplace holds nothing: collateral stays in the pool, and an accepted offer becomes a
;; policy like any other.

;; --- errors ------------------------------------------------------------------------------------

(define-constant err-invalid-input u400)
(define-constant err-insufficient-funds u402)
(define-constant err-unauthorized u403)
(define-constant err-not-found u404)
(define-constant err-contract-paused u503)

;; --- constants ---------------------------------------------------------------------------------

;; Numbers up to these can be multiplied without overflow: all bitcoin there will ever be, a trillion USD,
;; a billion STX, two years, and an offer for a year.
(define-constant most-sats u2100000000000000)
(define-constant highest-price u1000000000000000000)
(define-constant highest-premium u1000000000000000)
(define-constant longest-duration u105120)
(define-constant longest-validity u52560)
;; Ten trillion USD, in units of any token, is a number.
(define-constant most-value u10000000000000000000)

(define-constant status-open "open")
(define-constant status-filled "filled")
(define-constant status-cancelled "cancelled")

;; --- variables ---------------------------------------------------------------------------------

(define-data-var last-offer-id uint u0)

;; --- maps --------------------------------------------------------------------------------------

(define-map offers
  { offer-id: uint }
  {
    provider: principal,
    collateral-token: principal,
    risk-tier: (string-ascii 20),
    protected-amount: uint,
    strike-price: uint,
    premium: uint,
    duration: uint,
    valid-until: uint,
    status: (string-ascii 20),
    policy-id: (optional uint)
  }
)

;; --- private -----------------------------------------------------------------------------------

(define-private (ensure-not-paused (action-type (string-ascii 20)))
  (contract-call? .parameter-contract check-circuit-breaker (concat "action-" action-type)))

;; Limits are kept for whoever calls, to whom what is limited belongs.
(define-private (ensure-not-flash-loan (action-type (string-ascii 20)))
  (contract-call? .parameter-contract check-rate-limit action-type contract-caller))

(define-private (check-emergency-status)
  (if (contract-call? .emergency-response is-emergency-active)
    (err err-contract-paused)
    (ok true)))

;; Metrics are best effort: a paused or failing satellite never stops a core action.
(define-private (update-metrics (metric-id (string-ascii 50)) (value uint))
  (match (contract-call? .analytics record-metric metric-id value) done true code false))

(define-private (is-in-range (number uint) (highest uint))
  (and (> number u0) (<= number highest)))

;; --- read-only ---------------------------------------------------------------------------------

(define-read-only (get-offer (offer-id uint))
  (map-get? offers { offer-id: offer-id }))

(define-read-only (get-last-offer-id)
  (var-get last-offer-id))

;; --- public ------------------------------------------------------------------------------------

;; Offers protection (satoshi, micro-USD, Bitcoin blocks) at the caller's own premium (uSTX) for `valid-for`
;; Bitcoin blocks, and returns the offer's id. 503 paused, an emergency, or no price; 400 a number out of
;; range; 404 an unknown token or tier; 429 the rate limit; 402 too little free collateral.
;; An offer reserves nothing. Its maker must be able to pay the largest payout now; the terms are
;; checked against the market, and the collateral against the full ratio, when it is accepted.
(define-public (create-offer
    (collateral-token principal)
    (risk-tier (string-ascii 20))
    (protected-amount uint)
    (strike-price uint)
    (premium uint)
    (duration uint)
    (valid-for uint))
  (begin
    (try! (ensure-not-paused "p2p"))
    (try! (check-emergency-status))
    (asserts!
      (and
        (is-in-range protected-amount most-sats)
        (is-in-range strike-price highest-price)
        (is-in-range premium highest-premium)
        (is-in-range duration longest-duration)
        (is-in-range valid-for longest-validity)
        (<=
          (contract-call? .policy-registry calculate-protected-value protected-amount strike-price)
          most-value))
      (err err-invalid-input))
    (asserts!
      (is-some (contract-call? .liquidity-pool get-collateral-token collateral-token))
      (err err-not-found))
    (asserts! (is-some (contract-call? .liquidity-pool get-tier risk-tier)) (err err-not-found))
    (try! (ensure-not-flash-loan "p2p"))
    (let (
        (maker contract-caller)
        (offer-id (+ (var-get last-offer-id) u1))
        (protected-value (contract-call? .policy-registry calculate-protected-value
          protected-amount strike-price))
        (needed (try! (contract-call? .liquidity-pool tokens-for-value
          collateral-token protected-value)))
        (free (unwrap!
          (contract-call? .liquidity-pool get-free-collateral maker collateral-token risk-tier)
          (err err-insufficient-funds)))
      )
      (asserts! (>= free needed) (err err-insufficient-funds))
      (var-set last-offer-id offer-id)
      (map-set offers { offer-id: offer-id } {
        provider: maker,
        collateral-token: collateral-token,
        risk-tier: risk-tier,
        protected-amount: protected-amount,
        strike-price: strike-price,
        premium: premium,
        duration: duration,
        valid-until: (+ burn-block-height valid-for),
        status: status-open,
        policy-id: none
      })
      (print { event: "offer-created", offer-id: offer-id, provider: maker, premium: premium })
      (ok offer-id))))

;; For its maker (403). 503 paused; 404 no such offer; 400 not open.
(define-public (cancel-offer (offer-id uint))
  (begin
    (try! (ensure-not-paused "p2p"))
    (let ((offer (unwrap! (get-offer offer-id) (err err-not-found))))
      (asserts! (is-eq contract-caller (get provider offer)) (err err-unauthorized))
      (asserts! (is-eq (get status offer) status-open) (err err-invalid-input))
      (map-set offers { offer-id: offer-id } (merge offer { status: status-cancelled }))
      (print { event: "offer-cancelled", offer-id: offer-id })
      (ok true))))

;; Buys what an offer protects: the caller becomes the owner, the signer pays. Returns the policy's id. 503
;; paused, or an emergency; 404 no such offer; 400 not open, or too late; 429 the rate limit; otherwise
;; what the pool answers.
(define-public (accept-offer (offer-id uint))
  (begin
    (try! (ensure-not-paused "p2p"))
    (try! (check-emergency-status))
    (let ((offer (unwrap! (get-offer offer-id) (err err-not-found))))
      (asserts! (is-eq (get status offer) status-open) (err err-invalid-input))
      (asserts! (<= burn-block-height (get valid-until offer)) (err err-invalid-input))
      (try! (ensure-not-flash-loan "p2p"))
      (let ((policy-id (try! (contract-call? .liquidity-pool underwrite-p2p
          contract-caller
          (get provider offer)
          (get collateral-token offer)
          (get risk-tier offer)
          (get protected-amount offer)
          (get strike-price offer)
          (get premium offer)
          (get duration offer)))))
        (map-set offers { offer-id: offer-id } (merge offer {
          status: status-filled,
          policy-id: (some policy-id)
        }))
        (update-metrics "p2p-fills" u1)
        (print {
          event: "offer-accepted",
          offer-id: offer-id,
          policy-id: policy-id,
          buyer: contract-caller
        })
        (ok policy-id)))))
