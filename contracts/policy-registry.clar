;; policy-registry
;;
;; The book of all policies: purchase, registration of peer-to-peer policies, settlement, expiry,
;; and the entry to disputes. It decides what is owed and never keeps what is owed: premiums go to
;; the treasury and the pool, claims are paid by the pool that locked the collateral, shortfalls
;; by the insurance fund.

(use-trait ft-trait .sip-010-trait.sip-010-trait)
(use-trait liquidity-pool-trait .protocol-traits.liquidity-pool-trait)
(use-trait insurance-fund-trait .protocol-traits.insurance-fund-trait)

;; --- errors ------------------------------------------------------------------------------------

(define-constant err-invalid-input u400)
(define-constant err-insufficient-funds u402)
(define-constant err-unauthorized u403)
(define-constant err-not-found u404)
(define-constant err-rate-limited u429)
(define-constant err-contract-paused u503)

;; --- constants ---------------------------------------------------------------------------------

(define-constant scale u1000000)
(define-constant sats-per-btc u100000000)

;; Premium rates are quoted for this many Bitcoin blocks, about thirty days.
(define-constant premium-period u4320)

;; --- variables ---------------------------------------------------------------------------------

(define-data-var last-policy-id uint u0)

;; --- maps --------------------------------------------------------------------------------------

;; `pool` is the pool that locked the collateral. Settlement and expiry use that one for ever, so a
;; policy outlives an upgrade of the pool.
(define-map policies
  { policy-id: uint }
  {
    owner: principal,
    provider: principal,
    pool: principal,
    collateral-token: principal,
    risk-tier: (string-ascii 20),
    protected-amount: uint,
    protected-value: uint,
    strike-price: uint,
    premium: uint,
    start-height: uint,
    expiration-height: uint,
    status: (string-ascii 20)
  }
)

(define-map policy-settlements
  { policy-id: uint }
  {
    settled-at: uint,
    settlement-price: uint,
    payout: uint,
    shortfall: uint,
    covered: uint
  }
)

(define-map policy-disputes
  { policy-id: uint }
  {
    dispute-id: uint,
    awarded: bool
  }
)

;; --- private -----------------------------------------------------------------------------------

(define-private (ensure-not-paused (action-type (string-ascii 20)))
  (contract-call? .parameter-contract check-circuit-breaker (concat "action-" action-type)))

(define-private (ensure-not-flash-loan (action-type (string-ascii 20)))
  (contract-call? .parameter-contract check-rate-limit action-type tx-sender))

(define-private (check-emergency-status)
  (if (contract-call? .emergency-response is-emergency-active)
    (err err-contract-paused)
    (ok true)))

(define-private (is-caller-named (name (string-ascii 50)))
  (contract-call? .upgrade-manager is-contract-named name contract-caller))

(define-private (get-contract-address (name (string-ascii 50)))
  (contract-call? .upgrade-manager resolve-contract-address name))

(define-private (get-contract-by-name (name (string-ascii 50)))
  (contract-call? .upgrade-manager resolve-contract-address name))

;; Metrics and incentives are best effort: a paused or failing satellite never stops a core action.
(define-private (update-metrics (metric-id (string-ascii 50)) (value uint))
  (match (contract-call? .analytics record-metric metric-id value) done true code false))

(define-private (process-incentives (user principal) (action-type (string-ascii 20)))
  (match (contract-call? .incentives record-activity user action-type) done true code false))

(define-private (smaller-of (a uint) (b uint))
  (if (< a b) a b))

;; The signer pays the treasury directly, so nothing rests in the registry in between.
(define-private (collect-policy-fee (premium uint))
  (let ((fee (calculate-fee premium)))
    (if (> fee u0)
      (try! (contract-call? .treasury process-fee fee))
      true)
    (ok fee)))

;; The bounds on the strike hold for pool and peer-to-peer policies alike: a deep in-the-money
;; policy between colluding parties would be a free option on the insurance fund.
(define-private (check-terms (protected-amount uint) (strike-price uint) (duration uint))
  (begin
    (asserts! (and (> protected-amount u0) (> strike-price u0)) (err err-invalid-input))
    (asserts!
      (> (calculate-protected-value protected-amount strike-price) u0)
      (err err-invalid-input))
    (asserts!
      (and
        (>= duration (try! (contract-call? .parameter-contract get-parameter "min-duration")))
        (<= duration (try! (contract-call? .parameter-contract get-parameter "max-duration"))))
      (err err-invalid-input))
    (let (
        (spot (try! (contract-call? .oracle get-price "BTC")))
        (lowest (try! (contract-call? .parameter-contract get-parameter "min-strike-ratio")))
        (highest (try! (contract-call? .parameter-contract get-parameter "max-strike-ratio")))
        (scaled-strike (* strike-price scale))
      )
      (asserts!
        (and (>= scaled-strike (* spot lowest)) (<= scaled-strike (* spot highest)))
        (err err-invalid-input))
      (ok true))))

(define-private (store-policy
    (owner principal)
    (provider principal)
    (pool principal)
    (collateral-token principal)
    (risk-tier (string-ascii 20))
    (protected-amount uint)
    (strike-price uint)
    (premium uint)
    (duration uint))
  (let (
      (policy-id (+ (var-get last-policy-id) u1))
      (expiration-height (+ burn-block-height duration))
    )
    (asserts! (not (is-eq owner provider)) (err err-invalid-input))
    (var-set last-policy-id policy-id)
    (map-set policies { policy-id: policy-id } {
      owner: owner,
      provider: provider,
      pool: pool,
      collateral-token: collateral-token,
      risk-tier: risk-tier,
      protected-amount: protected-amount,
      protected-value: (calculate-protected-value protected-amount strike-price),
      strike-price: strike-price,
      premium: premium,
      start-height: burn-block-height,
      expiration-height: expiration-height,
      status: "active"
    })
    (process-incentives owner "purchase")
    (process-incentives provider "underwrite")
    (update-metrics "policies-created" u1)
    (update-metrics "premium-volume" premium)
    (print {
      event: "policy-created",
      policy-id: policy-id,
      owner: owner,
      provider: provider,
      premium: premium,
      expiration-height: expiration-height
    })
    (ok policy-id)))

(define-private (call-insurance-fund
    (fund <insurance-fund-trait>)
    (policy-id uint)
    (amount uint))
  (begin
    (asserts!
      (is-eq (contract-of fund) (try! (get-contract-by-name "insurance-fund")))
      (err err-unauthorized))
    (ok (unwrap!
      (as-contract? ()
        (try! (contract-call? fund cover-shortfall policy-id amount)))
      (err err-unauthorized)))))

;; Pays as much of the shortfall as the fund can bear and returns how much that is, in micro-USD.
;; The registry has no STX of its own, so a fund that reports success without paying makes the
;; forwarding fail and undoes everything.
(define-private (request-insurance-coverage
    (fund <insurance-fund-trait>)
    (policy-id uint)
    (shortfall uint)
    (beneficiary principal))
  (let (
      (stx-price (try! (contract-call? .oracle get-price "STX")))
      (needed (/ (* shortfall scale) stx-price))
      (available (unwrap!
        (as-contract? () (try! (contract-call? fund get-fund-size)))
        (err err-unauthorized)))
      (amount (smaller-of needed available))
    )
    (if (is-eq amount u0)
      (ok u0)
      (begin
        (try! (call-insurance-fund fund policy-id amount))
        (unwrap!
          (as-contract? ((with-stx amount))
            (unwrap!
              (stx-transfer? amount tx-sender beneficiary)
              (err err-insufficient-funds)))
          (err err-unauthorized))
        (ok (if (is-eq amount needed)
          shortfall
          (/ (* amount stx-price) scale)))))))

;; --- read-only ---------------------------------------------------------------------------------

(define-read-only (get-policy (policy-id uint))
  (map-get? policies { policy-id: policy-id }))

(define-read-only (get-settlement (policy-id uint))
  (map-get? policy-settlements { policy-id: policy-id }))

(define-read-only (get-policy-dispute (policy-id uint))
  (map-get? policy-disputes { policy-id: policy-id }))

(define-read-only (get-last-policy-id)
  (var-get last-policy-id))

(define-read-only (get-insurance-fund-address)
  (match (get-contract-by-name "insurance-fund")
    address (some address)
    code none))

(define-read-only (calculate-fee (premium uint))
  (let ((fee-rate (unwrap!
      (contract-call? .parameter-contract get-parameter "protocol-fee-rate")
      u0)))
    (/ (* premium fee-rate) scale)))

(define-read-only (calculate-protected-value (protected-amount uint) (strike-price uint))
  (/ (* protected-amount strike-price) sats-per-btc))

(define-read-only (quote-premium
    (protected-amount uint)
    (strike-price uint)
    (duration uint)
    (risk-tier (string-ascii 20)))
  (let (
      (rate (try! (contract-call? .parameter-contract get-parameter
        (concat "premium-rate-" risk-tier))))
      (stx-price (try! (contract-call? .oracle get-price "STX")))
      (protected-value (calculate-protected-value protected-amount strike-price))
      (premium-usd (/ (* (* protected-value rate) duration) (* scale premium-period)))
    )
    (ok (/ (* premium-usd scale) stx-price))))

;; --- public ------------------------------------------------------------------------------------

(define-public (purchase-policy
    (protected-amount uint)
    (strike-price uint)
    (duration uint)
    (risk-tier (string-ascii 20))
    (provider principal)
    (collateral-token principal)
    (max-premium uint)
    (pool <liquidity-pool-trait>))
  (begin
    (try! (ensure-not-paused "purchase"))
    (try! (check-emergency-status))
    (asserts!
      (is-eq (contract-of pool) (try! (get-contract-address "liquidity-pool")))
      (err err-unauthorized))
    (try! (check-terms protected-amount strike-price duration))
    (let (
        (buyer tx-sender)
        (pool-address (contract-of pool))
        (protected-value (calculate-protected-value protected-amount strike-price))
        (premium (try! (quote-premium protected-amount strike-price duration risk-tier)))
      )
      (asserts! (and (> premium u0) (<= premium max-premium)) (err err-invalid-input))
      (try! (ensure-not-flash-loan "purchase"))
      (let (
          (policy-id (try! (store-policy
            buyer provider pool-address collateral-token risk-tier
            protected-amount strike-price premium duration)))
          (fee (try! (collect-policy-fee premium)))
          (net-premium (- premium fee))
        )
        (unwrap! (stx-transfer? net-premium buyer pool-address) (err err-insufficient-funds))
        (unwrap!
          (as-contract? ()
            (try! (contract-call? pool lock-collateral
              policy-id provider collateral-token risk-tier protected-value net-premium)))
          (err err-unauthorized))
        (ok policy-id)))))

;; The pool calls this for an accepted offer. The signer is the buyer; the pool takes the rest of
;; the premium and locks the collateral.
(define-public (register-p2p-policy
    (provider principal)
    (collateral-token principal)
    (risk-tier (string-ascii 20))
    (protected-amount uint)
    (strike-price uint)
    (premium uint)
    (duration uint))
  (begin
    (try! (ensure-not-paused "purchase"))
    (asserts! (is-caller-named "liquidity-pool") (err err-unauthorized))
    (asserts! (> premium u0) (err err-invalid-input))
    (try! (check-terms protected-amount strike-price duration))
    (let (
        (policy-id (try! (store-policy
          tx-sender provider contract-caller collateral-token risk-tier
          protected-amount strike-price premium duration)))
        (fee (try! (collect-policy-fee premium)))
      )
      (ok {
        policy-id: policy-id,
        fee: fee,
        obligation: (calculate-protected-value protected-amount strike-price)
      }))))

;; A policy can be settled once, at any time after its activation and up to its expiration.
(define-public (settle-policy
    (policy-id uint)
    (pool <liquidity-pool-trait>)
    (token <ft-trait>)
    (fund <insurance-fund-trait>))
  (begin
    (try! (ensure-not-paused "settle"))
    (asserts!
      (is-eq (contract-of fund) (try! (get-contract-by-name "insurance-fund")))
      (err err-unauthorized))
    (let (
        (policy (unwrap! (get-policy policy-id) (err err-not-found)))
        (owner (get owner policy))
        (strike-price (get strike-price policy))
        (activation-delay (try!
          (contract-call? .parameter-contract get-parameter "activation-delay")))
      )
      (asserts! (is-eq contract-caller owner) (err err-unauthorized))
      (asserts! (is-eq (contract-of pool) (get pool policy)) (err err-unauthorized))
      (asserts! (is-eq (get status policy) "active") (err err-invalid-input))
      (asserts!
        (is-eq (contract-of token) (get collateral-token policy))
        (err err-invalid-input))
      (asserts!
        (and
          (>= burn-block-height (+ (get start-height policy) activation-delay))
          (<= burn-block-height (get expiration-height policy)))
        (err err-invalid-input))
      (try! (ensure-not-flash-loan "settle"))
      (let ((price (try! (contract-call? .oracle get-price "BTC"))))
        (asserts! (< price strike-price) (err err-invalid-input))
        (map-set policies { policy-id: policy-id } (merge policy { status: "settled" }))
        (let (
            (payout (/ (* (get protected-amount policy) (- strike-price price)) sats-per-btc))
            (shortfall (unwrap!
              (as-contract? ()
                (try! (contract-call? pool settle-claim policy-id owner payout token)))
              (err err-unauthorized)))
            (covered (if (> shortfall u0)
              (try! (request-insurance-coverage fund policy-id shortfall owner))
              u0))
          )
          (map-set policy-settlements { policy-id: policy-id } {
            settled-at: burn-block-height,
            settlement-price: price,
            payout: payout,
            shortfall: shortfall,
            covered: covered
          })
          (process-incentives owner "settle")
          (update-metrics "payout-volume" payout)
          (print {
            event: "policy-settled",
            policy-id: policy-id,
            price: price,
            payout: payout,
            shortfall: shortfall,
            covered: covered
          })
          (ok {
            payout: payout,
            shortfall: shortfall,
            covered: covered
          }))))))

;; Only the pool that backs the policy may expire it, since it releases the collateral with it.
(define-public (expire-policy (policy-id uint))
  (begin
    (try! (ensure-not-paused "settle"))
    (let ((policy (unwrap! (get-policy policy-id) (err err-not-found))))
      (asserts! (is-eq contract-caller (get pool policy)) (err err-unauthorized))
      (asserts! (is-eq (get status policy) "active") (err err-invalid-input))
      (asserts! (> burn-block-height (get expiration-height policy)) (err err-invalid-input))
      (map-set policies { policy-id: policy-id } (merge policy { status: "expired" }))
      (update-metrics "policies-expired" u1)
      (print { event: "policy-expired", policy-id: policy-id })
      (ok true))))

(define-public (dispute-settlement (policy-id uint) (evidence-hash (buff 32)))
  (begin
    (try! (ensure-not-paused "dispute"))
    (let (
        (policy (unwrap! (get-policy policy-id) (err err-not-found)))
        (window (try! (contract-call? .parameter-contract get-parameter "dispute-window")))
      )
      (asserts!
        (or
          (is-eq contract-caller (get owner policy))
          (is-eq contract-caller (get provider policy)))
        (err err-unauthorized))
      (asserts! (is-none (get-policy-dispute policy-id)) (err err-invalid-input))
      (let (
          (settlement (unwrap! (get-settlement policy-id) (err err-invalid-input)))
        )
        (asserts!
          (<= burn-block-height (+ (get settled-at settlement) window))
          (err err-invalid-input))
        (let (
            (dispute-id (try! (contract-call? .dispute-resolution file-dispute
              "settlement" policy-id evidence-hash)))
          )
          (map-set policy-disputes { policy-id: policy-id } {
            dispute-id: dispute-id,
            awarded: false
          })
          (ok dispute-id))))))

;; The award is cut to what the policy can still be worth: its protected value less what has been
;; paid already.
(define-public (execute-dispute-award (policy-id uint) (fund <insurance-fund-trait>))
  (begin
    (try! (ensure-not-paused "settle"))
    (asserts!
      (is-eq (contract-of fund) (try! (get-contract-by-name "insurance-fund")))
      (err err-unauthorized))
    (let (
        (policy (unwrap! (get-policy policy-id) (err err-not-found)))
        (dispute (unwrap! (get-policy-dispute policy-id) (err err-not-found)))
        (settlement (unwrap! (get-settlement policy-id) (err err-not-found)))
        (verdict (try! (contract-call? .dispute-resolution get-award
          (get dispute-id dispute))))
        (paid (+ (- (get payout settlement) (get shortfall settlement)) (get covered settlement)))
        (award (smaller-of (get award verdict) (- (get protected-value policy) paid)))
      )
      (asserts! (and (not (get awarded dispute)) (> award u0)) (err err-invalid-input))
      (map-set policy-disputes { policy-id: policy-id } (merge dispute { awarded: true }))
      (let (
          (covered (try! (request-insurance-coverage
            fund policy-id award (get disputant verdict))))
        )
        (asserts! (> covered u0) (err err-insufficient-funds))
        (print {
          event: "dispute-award-paid",
          policy-id: policy-id,
          award: award,
          covered: covered
        })
        (ok covered)))))
