;; liquidation-engine
;;
;; Sells collateral of positions that have fallen below their liquidation threshold. The liquidator
;; pays its discounted value in STX to the pool, which keeps it for the policies that the collateral
;; backed; what they do not need goes back to the provider.

(impl-trait .protocol-traits.liquidation-engine-trait)

;; --- errors ------------------------------------------------------------------------------------

(define-constant err-invalid-input u400)
(define-constant err-insufficient-funds u402)
(define-constant err-unauthorized u403)
(define-constant err-not-found u404)

;; --- constants ---------------------------------------------------------------------------------

(define-constant scale u1000000)
;; The bound of a payment that has none.
(define-constant no-limit u340282366920938463463374607431768211455)
(define-constant strategy-full "full")
(define-constant strategy-partial "partial")

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

;; The signer is the liquidator, also where the pool calls.
(define-private (ensure-not-flash-loan (action-type (string-ascii 20)))
  (contract-call? .parameter-contract check-rate-limit action-type tx-sender))

;; An engine that was replaced with its pool has no quota to consume, and sells what that pool holds.
(define-private (limit-exit (action-type (string-ascii 20)))
  (if (contract-call? .upgrade-manager is-contract-named "liquidation-engine" current-contract)
    (ensure-not-flash-loan action-type)
    (ok true)))

;; Metrics are best effort: a paused or failing satellite never stops a core action.
(define-private (update-metrics (metric-id (string-ascii 50)) (value uint))
  (match (contract-call? .analytics record-metric metric-id value) done true code false))

(define-private (smaller-of (a uint) (b uint))
  (if (< a b) a b))

;; The share of the sellable collateral that one liquidation may take.
(define-private (get-close-factor (strategy (string-ascii 20)))
  (if (is-eq strategy strategy-full)
    (ok scale)
    (if (is-eq strategy strategy-partial)
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
      (price (try! (contract-call? .oracle get-fresh-price (get symbol token))))
      (stx-price (try! (contract-call? .oracle get-fresh-price "STX")))
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

;; Sells collateral of a provider's first position under water to the signer, as far as the `close-factor`
;; allows ("partial") or as much as clears the obligation ("full"), and returns the liquidation's id. Anyone
;; but the provider may liquidate (403). 503 paused, also while deposits are, or a price that is not fresh;
;; 400 nothing is under water, or an unknown strategy; 429 the rate limit; 402 too few STX, or nothing to
;; sell.
(define-public (liquidate-position (provider principal) (strategy (string-ascii 20)))
  (liquidate-within provider strategy no-limit u0))

;; The same for at most `max-payment` uSTX, and for at least `min-amount` units of collateral: prices may be
;; reported between signing and mining. 400 beyond these bounds.
(define-public (liquidate-within
    (provider principal)
    (strategy (string-ascii 20))
    (max-payment uint)
    (min-amount uint))
  (begin
    (try! (ensure-not-paused "liquidate"))
    ;; Who may be liquidated may always add collateral.
    (try! (ensure-not-paused "deposit"))
    (asserts! (not (is-eq tx-sender provider)) (err err-unauthorized))
    (let (
        (liquidator tx-sender)
        (liquidation-id (+ (var-get last-liquidation-id) u1))
        (quote (try! (quote-liquidation provider strategy)))
        (amount (get amount quote))
        (payment (get payment quote))
      )
      (asserts!
        (and (<= payment max-payment) (>= amount min-amount))
        (err err-invalid-input))
      (try! (limit-exit "liquidate"))
      (asserts! (and (> amount u0) (> payment u0)) (err err-insufficient-funds))
      (var-set last-liquidation-id liquidation-id)
      (let ((remaining (try! (contract-call? .liquidity-pool seize-collateral
          provider
          (get token-contract quote)
          (get risk-tier quote)
          amount
          (get proceeds quote)
          payment
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
