;; liquidation-engine
;;
;; Sells collateral of positions that have fallen below their liquidation threshold. The liquidator
;; pays its discounted value in STX to the insurance fund, which takes over that much of the
;; obligation: later shortfalls of these policies are covered by it.

(impl-trait .protocol-traits.liquidation-engine-trait)

;; --- errors ------------------------------------------------------------------------------------

(define-constant err-invalid-input u400)
(define-constant err-insufficient-funds u402)
(define-constant err-unauthorized u403)
(define-constant err-not-found u404)
(define-constant err-rate-limited u429)
(define-constant err-contract-paused u503)

;; --- constants ---------------------------------------------------------------------------------

(define-constant scale u1000000)

;; --- variables ---------------------------------------------------------------------------------

(define-data-var last-liquidation-id uint u0)

;; --- maps --------------------------------------------------------------------------------------

(define-map liquidation-events
  { liquidation-id: uint }
  {
    provider: principal,
    liquidation-amount: uint,
    remaining-amount: uint,
    liquidation-price: uint,
    liquidator: principal,
    timestamp: uint
  }
)

;; --- private -----------------------------------------------------------------------------------

(define-private (ensure-not-paused (action-type (string-ascii 20)))
  (contract-call? .parameter-contract check-circuit-breaker (concat "action-" action-type)))

(define-private (ensure-not-flash-loan (action-type (string-ascii 20)))
  (contract-call? .parameter-contract check-rate-limit action-type tx-sender))

(define-private (get-contract-address (name (string-ascii 50)))
  (contract-call? .upgrade-manager resolve-contract-address name))

;; Metrics are best effort: a paused or failing satellite never stops a core action.
(define-private (update-metrics (metric-id (string-ascii 50)) (value uint))
  (match (contract-call? .analytics record-metric metric-id value) done true code false))

(define-private (smaller-of (a uint) (b uint))
  (if (< a b) a b))

;; The share of the sellable collateral that one liquidation may take.
(define-private (get-close-factor (strategy (string-ascii 20)))
  (if (is-eq strategy "full")
    (ok scale)
    (if (is-eq strategy "partial")
      (contract-call? .parameter-contract get-parameter "close-factor")
      (err err-invalid-input))))

;; --- read-only ---------------------------------------------------------------------------------

(define-read-only (get-liquidation (liquidation-id uint))
  (map-get? liquidation-events { liquidation-id: liquidation-id }))

(define-read-only (get-last-liquidation-id)
  (var-get last-liquidation-id))

(define-read-only (quote-liquidation (provider principal) (strategy (string-ascii 20)))
  (let (
      (factor (try! (get-close-factor strategy)))
      (key (unwrap!
        (contract-call? .liquidity-pool get-underwater-position provider)
        (err err-invalid-input)))
      (token-contract (get token-contract key))
      (risk-tier (get risk-tier key))
      (position (contract-call? .liquidity-pool get-position provider token-contract risk-tier))
      (token (unwrap!
        (contract-call? .liquidity-pool get-collateral-token token-contract)
        (err err-not-found)))
      (price (try! (contract-call? .oracle get-price (get symbol token))))
      (stx-price (try! (contract-call? .oracle get-price "STX")))
      (bonus (try! (contract-call? .parameter-contract get-parameter "liquidation-bonus")))
      (discounted (- scale bonus))
      (needed (try! (contract-call? .liquidity-pool tokens-for-value
        token-contract
        (/ (* (get obligation position) scale) discounted))))
      (amount (/ (* (smaller-of (get amount position) needed) factor) scale))
      (value (try! (contract-call? .liquidity-pool token-value token-contract amount)))
      (proceeds (/ (* value discounted) scale))
    )
    (ok {
      token-contract: token-contract,
      risk-tier: risk-tier,
      amount: amount,
      proceeds: proceeds,
      payment: (/ (* proceeds scale) stx-price),
      price: price
    })))

;; --- public ------------------------------------------------------------------------------------

;; Anyone but the provider may liquidate. The signer is the liquidator: it pays, and the seized
;; collateral becomes its position in the pool.
(define-public (liquidate-position (provider principal) (strategy (string-ascii 20)))
  (begin
    (try! (ensure-not-paused "liquidate"))
    (asserts! (not (is-eq tx-sender provider)) (err err-unauthorized))
    (let (
        (liquidator tx-sender)
        (liquidation-id (+ (var-get last-liquidation-id) u1))
        (quote (try! (quote-liquidation provider strategy)))
        (amount (get amount quote))
        (payment (get payment quote))
      )
      (try! (ensure-not-flash-loan "liquidate"))
      (asserts! (and (> amount u0) (> payment u0)) (err err-insufficient-funds))
      (var-set last-liquidation-id liquidation-id)
      (unwrap!
        (stx-transfer? payment liquidator (try! (get-contract-address "insurance-fund")))
        (err err-insufficient-funds))
      (let ((remaining (try! (contract-call? .liquidity-pool seize-collateral
          provider
          (get token-contract quote)
          (get risk-tier quote)
          amount
          (get proceeds quote)
          liquidator))))
        (map-set liquidation-events { liquidation-id: liquidation-id } {
          provider: provider,
          liquidation-amount: amount,
          remaining-amount: remaining,
          liquidation-price: (get price quote),
          liquidator: liquidator,
          timestamp: stacks-block-time
        })
        (update-metrics "liquidations" u1)
        (print {
          event: "position-liquidated",
          liquidation-id: liquidation-id,
          provider: provider,
          liquidator: liquidator,
          amount: amount,
          payment: payment
        })
        (ok liquidation-id)))))
