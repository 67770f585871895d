;; policy-registry
;;
;; The book of all policies: purchase, registration of peer-to-peer policies, settlement, expiry,
;; and the entry to disputes. A policy belongs to whoever calls, and the signer pays for it.
;;
;; The registry decides what is owed and never keeps what is owed: premiums go to
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
(define-constant err-contract-paused u503)

;; --- constants ---------------------------------------------------------------------------------

(define-constant scale u1000000)
(define-constant sats-per-btc u100000000)

;; All bitcoin there will ever be, in satoshi, a trillion USD per BTC, and two years: numbers up to these
;; can be multiplied without overflow.
(define-constant most-sats u2100000000000000)
(define-constant highest-price u1000000000000000000)
(define-constant longest-duration u105120)
;; What a policy can be worth at most, in micro-USD: ten trillion USD, in units of any token, is a number.
(define-constant most-value u10000000000000000000)

(define-constant status-active "active")
(define-constant status-settled "settled")
(define-constant status-expired "expired")

;; The type and the outcomes of a dispute, as dispute-resolution names them.
(define-constant settlement-type "settlement")
(define-constant dispute-withdrawn "withdrawn")
(define-constant dispute-rejected "rejected")

;; --- variables ---------------------------------------------------------------------------------

(define-data-var last-policy-id uint u0)

;; --- maps --------------------------------------------------------------------------------------

;; `active-from` is the height from which it can be settled, `settlement-grace` how long after its
;; expiration: what was paid for does not change with the parameter.
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
    active-from: uint,
    expiration-height: uint,
    settlement-grace: uint,
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
    covered: uint,
    disputable-until: uint
  }
)

;; The last dispute of a policy, by whom it was filed, and the micro-USD of its award that are paid.
(define-map policy-disputes
  { policy-id: uint }
  {
    dispute-id: uint,
    filed-by: principal,
    awarded: uint
  }
)

;; --- private -----------------------------------------------------------------------------------

(define-private (ensure-not-paused (action-type (string-ascii 20)))
  (contract-call? .parameter-contract check-circuit-breaker (concat "action-" action-type)))

;; Limits are kept for whoever calls, to whom what is limited belongs.
(define-private (ensure-not-flash-loan (action-type (string-ascii 20)))
  (contract-call? .parameter-contract check-rate-limit action-type contract-caller))

;; A registry that was replaced has no quota to consume, and its policies must still be settled.
(define-private (limit-exit (action-type (string-ascii 20)))
  (if (contract-call? .upgrade-manager is-contract-named "policy-registry" current-contract)
    (ensure-not-flash-loan action-type)
    (ok true)))

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

(define-private (process-incentives (user principal) (action-type (string-ascii 20)) (value uint))
  (match (contract-call? .incentives record-activity user action-type value) done true code false))

(define-private (smaller-of (a uint) (b uint))
  (if (< a b) a b))

(define-private (larger-of (a uint) (b uint))
  (if (> a b) a b))

(define-private (get-parameter (parameter-id (string-ascii 50)))
  (contract-call? .parameter-contract get-parameter parameter-id))

(define-private (are-in-range (protected-amount uint) (strike-price uint) (duration uint))
  (and
    (> protected-amount u0) (<= protected-amount most-sats)
    (> strike-price u0) (<= strike-price highest-price)
    (> duration u0) (<= duration longest-duration)))

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
    (asserts! (are-in-range protected-amount strike-price duration) (err err-invalid-input))
    (asserts!
      (and
        (> (calculate-protected-value protected-amount strike-price) u0)
        (<= (calculate-protected-value protected-amount strike-price) most-value))
      (err err-invalid-input))
    (asserts!
      (and
        (>= duration (try! (get-parameter "min-duration")))
        (<= duration (try! (get-parameter "max-duration"))))
      (err err-invalid-input))
    (let (
        (spot (try! (contract-call? .oracle get-fresh-price "BTC")))
        (lowest (try! (get-parameter "min-strike-ratio")))
        (highest (try! (get-parameter "max-strike-ratio")))
        (scaled-strike (* strike-price scale))
      )
      (asserts!
        (and (>= scaled-strike (* spot lowest)) (<= scaled-strike (* spot highest)))
        (err err-invalid-input))
      (ok true))))

;; Fold step: whoever could not settle in an outage has the whole grace period after it. One that began
;; after the deadline came too late to matter.
(define-private (extend-deadline
    (outage { since: uint, until: uint })
    (state { deadline: uint, grace: uint }))
  (if (<= (get since outage) (get deadline state))
    (merge state {
      deadline: (larger-of (get deadline state) (+ (get until outage) (get grace state)))
    })
    state))

;; Fold step: once more for every outage there is, since each may begin within what any other has added.
(define-private (extend-further
    (outage { since: uint, until: uint })
    (state {
      deadline: uint,
      grace: uint,
      outages: (list 16 { since: uint, until: uint })
    }))
  (merge state (fold extend-deadline (get outages state) {
    deadline: (get deadline state),
    grace: (get grace state)
  })))

(define-private (get-breaker-outage (breaker-id (string-ascii 50)))
  (contract-call? .parameter-contract get-breaker-outage breaker-id))

(define-private (get-earlier-outage (breaker-id (string-ascii 50)))
  (contract-call? .parameter-contract get-earlier-outage breaker-id))

;; Everything that can stop a settlement, the last two times that it did. Of the prices, only those that a
;; policy needs.
(define-private (get-outages (collateral-token principal))
  (let ((symbol (contract-call? .oracle get-token-symbol collateral-token)))
    (list
      (get-breaker-outage "action-all")
      (get-breaker-outage "action-settle")
      (get-breaker-outage "action-insurance")
      (get-breaker-outage "oracle-deviation")
      (contract-call? .oracle get-last-outage "BTC")
      (contract-call? .oracle get-last-outage "STX")
      (contract-call? .oracle get-last-outage symbol)
      (contract-call? .emergency-response get-last-outage)
      (get-earlier-outage "action-all")
      (get-earlier-outage "action-settle")
      (get-earlier-outage "action-insurance")
      (get-earlier-outage "oracle-deviation")
      (contract-call? .oracle get-earlier-outage "BTC")
      (contract-call? .oracle get-earlier-outage "STX")
      (contract-call? .oracle get-earlier-outage symbol)
      (contract-call? .emergency-response get-earlier-outage))))

;; Whether one side may dispute a settlement after a dispute that has ended: after one of the other
;; side's that was withdrawn or rejected. Whoever withdraws one and files the next, each time an arbiter
;; votes, would otherwise keep the other side out for ever.
(define-private (may-dispute-again (dispute-id uint) (filed-by principal) (who principal))
  (match (contract-call? .dispute-resolution get-dispute dispute-id)
    dispute (and
      (not (is-eq filed-by who))
      (or
        (is-eq (get status dispute) dispute-withdrawn)
        (is-eq (get status dispute) dispute-rejected)))
    false))

;; Until when a settlement may be disputed: the end of a dispute opens a window for the other side.
(define-private (get-dispute-deadline (policy-id uint) (disputable-until uint) (window uint))
  (match (get-policy-dispute policy-id)
    last (match (contract-call? .dispute-resolution get-dispute-details (get dispute-id last))
      details (larger-of disputable-until (+ (get resolved-at details) window))
      disputable-until)
    disputable-until))

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
      (activation-delay (try! (get-parameter "activation-delay")))
      (grace (try! (get-parameter "settlement-grace")))
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
      active-from: (+ burn-block-height activation-delay),
      expiration-height: expiration-height,
      settlement-grace: grace,
      status: status-active
    })
    (process-incentives owner "purchase" premium)
    (process-incentives provider "underwrite" premium)
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

;; Pays `amount` uSTX of this contract, and nothing else.
(define-private (pay (amount uint) (recipient principal))
  (ok (unwrap!
    (as-contract? ((with-stx amount))
      (unwrap! (stx-transfer? amount tx-sender recipient) (err err-insufficient-funds)))
    (err err-unauthorized))))

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
        (try! (pay amount beneficiary))
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

;; The premium in uSTX: the expected payout at the parameter `volatility` for as long as the policy can be
;; settled, times the rate of the tier, and at least `min-premium`. 400 a number out of range; 404 no
;; such tier; 503 a price that is not fresh.
(define-read-only (quote-premium
    (protected-amount uint)
    (strike-price uint)
    (duration uint)
    (risk-tier (string-ascii 20)))
  (let (
      (rate (try! (get-parameter (concat "premium-rate-" risk-tier))))
      (grace (try! (get-parameter "settlement-grace")))
      (volatility (try! (get-parameter "volatility")))
      (spot (try! (contract-call? .oracle get-fresh-price "BTC")))
      (stx-price (try! (contract-call? .oracle get-fresh-price "STX")))
    )
    (asserts! (are-in-range protected-amount strike-price duration) (err err-invalid-input))
    (let (
        (fair-value (try! (contract-call? .pricing get-fair-value
          spot strike-price (smaller-of (+ duration grace) longest-duration) volatility)))
        (premium-usd (/ (* (/ (* protected-amount fair-value) sats-per-btc) rate) scale))
      )
      (ok (larger-of
        (/ (* premium-usd scale) stx-price)
        (try! (get-parameter "min-premium")))))))

;; The last height at which a policy can be settled, and before which its collateral is not released: a
;; grace period after its expiration, and after any outage that began before.
(define-read-only (get-settlement-deadline (policy-id uint))
  (let (
      (policy (unwrap! (get-policy policy-id) (err err-not-found)))
      (grace (get settlement-grace policy))
      (outages (get-outages (get collateral-token policy)))
    )
    (ok (get deadline (fold extend-further outages {
      deadline: (+ (get expiration-height policy) grace),
      grace: grace,
      outages: outages
    })))))

;; --- public ------------------------------------------------------------------------------------

;; Buys protection of `protected-amount` satoshi from a provider: below `strike-price` (micro-USD) the caller
;; is owed the difference for `duration` Bitcoin blocks. The signer pays the premium, `max-premium` uSTX at
;; most. Returns the policy's id. 503 paused, an emergency, or a price that is not fresh; 403 not the
;; registered pool; 400 terms out of bounds, a premium above the maximum, or the provider as buyer; 404
;; an unknown token or tier; 429 the rate limit; 402 too few STX, too little collateral or capacity.
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
        (pool-address (contract-of pool))
        (protected-value (calculate-protected-value protected-amount strike-price))
        (premium (try! (quote-premium protected-amount strike-price duration risk-tier)))
      )
      (asserts! (and (> premium u0) (<= premium max-premium)) (err err-invalid-input))
      (try! (ensure-not-flash-loan "purchase"))
      (let (
          (policy-id (try! (store-policy
            contract-caller provider pool-address collateral-token risk-tier
            protected-amount strike-price premium duration)))
          (fee (try! (collect-policy-fee premium)))
          (net-premium (- premium fee))
        )
        (unwrap! (stx-transfer? net-premium tx-sender pool-address) (err err-insufficient-funds))
        (unwrap!
          (as-contract? ()
            (try! (contract-call? pool lock-collateral
              policy-id provider collateral-token risk-tier protected-value net-premium)))
          (err err-unauthorized))
        (ok policy-id)))))

;; The pool calls this for an accepted offer, and takes the rest of the premium and locks the collateral.
;; The signer pays the fee of what is protected, however low the premium is. Returns id, fee (uSTX) and
;; obligation (micro-USD). 503 paused, or a price that is not fresh; 403 not the pool; 400 terms out of
;; bounds, or a premium below `min-premium` or the fee; 404 an unknown tier; 402 too few STX.
(define-public (register-p2p-policy
    (owner principal)
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
    (try! (check-terms protected-amount strike-price duration))
    (asserts! (>= premium (try! (get-parameter "min-premium"))) (err err-invalid-input))
    (let (
        (quote (try! (quote-premium protected-amount strike-price duration risk-tier)))
        (fee-base (larger-of premium quote))
      )
      (asserts! (>= premium (calculate-fee fee-base)) (err err-invalid-input))
      (ok {
        policy-id: (try! (store-policy
          owner provider contract-caller collateral-token risk-tier
          protected-amount strike-price premium duration)),
        fee: (try! (collect-policy-fee fee-base)),
        obligation: (calculate-protected-value protected-amount strike-price)
      }))))

;; Pays the owner of a policy the difference to the strike, once. The owner may ask for it as soon as the
;; policy is active, and anybody after its expiration, until the deadline. `min-payout` is in micro-USD.
;; 503 paused, or a price that is missing; 404 no such policy; 403 not the owner, pool or fund; 400
;; settled or expired already, another token, out of time, out of the money, or less than `min-payout`;
;; 429 the rate limit.
(define-public (settle-policy
    (policy-id uint)
    (min-payout uint)
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
      )
      (asserts!
        (or
          (is-eq contract-caller owner)
          (> burn-block-height (get expiration-height policy)))
        (err err-unauthorized))
      (asserts! (is-eq (contract-of pool) (get pool policy)) (err err-unauthorized))
      (asserts! (is-eq (get status policy) status-active) (err err-invalid-input))
      (asserts!
        (is-eq (contract-of token) (get collateral-token policy))
        (err err-invalid-input))
      (asserts!
        (and
          (>= burn-block-height (get active-from policy))
          (<= burn-block-height (try! (get-settlement-deadline policy-id))))
        (err err-invalid-input))
      (try! (limit-exit "settle"))
      (let (
          (price (try! (contract-call? .oracle get-price "BTC")))
          (fall (if (< price strike-price) (- strike-price price) u0))
          (payout (/ (* (get protected-amount policy) fall) sats-per-btc))
          (window (try! (get-parameter "dispute-window")))
        )
        (asserts! (and (> payout u0) (>= payout min-payout)) (err err-invalid-input))
        (map-set policies { policy-id: policy-id } (merge policy { status: status-settled }))
        (let (
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
            covered: covered,
            disputable-until: (+ burn-block-height window)
          })
          (process-incentives owner "settle" payout)
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

;; Pays a claim that its token has refused for a week in STX of the fund, all of it or nothing, and returns
;; its value in micro-USD; the tokens are the admin's to collect for the protocol. For the policy's owner,
;; who may rather wait for the token (403, also for another pool or fund). 503 paused, or no price; 404 no
;; such policy or claim; 400 too early, or paid already; 402 the fund has too little.
(define-public (pay-claim-in-stx
    (policy-id uint)
    (pool <liquidity-pool-trait>)
    (fund <insurance-fund-trait>))
  (begin
    (try! (ensure-not-paused "settle"))
    (asserts!
      (is-eq (contract-of fund) (try! (get-contract-by-name "insurance-fund")))
      (err err-unauthorized))
    (let (
        (policy (unwrap! (get-policy policy-id) (err err-not-found)))
        (owner (get owner policy))
        (collector (contract-call? .upgrade-manager get-contract-admin))
      )
      (asserts! (is-eq contract-caller owner) (err err-unauthorized))
      (asserts! (is-eq (contract-of pool) (get pool policy)) (err err-unauthorized))
      (let (
          (value (unwrap!
            (as-contract? () (try! (contract-call? pool assign-claim policy-id collector)))
            (err err-unauthorized)))
          (covered (try! (request-insurance-coverage fund policy-id value owner)))
        )
        (asserts! (is-eq covered value) (err err-insufficient-funds))
        (print { event: "claim-paid-in-stx", policy-id: policy-id, value: value })
        (ok value)))))

;; Ends a policy that nobody can settle any more. For the pool that backs it (403), since it releases the
;; collateral with it. 503 paused, or a price without which it could not have been settled; 404 no such
;; policy; 400 ended already, or before its deadline.
(define-public (expire-policy (policy-id uint))
  (begin
    (try! (ensure-not-paused "settle"))
    (let ((policy (unwrap! (get-policy policy-id) (err err-not-found))))
      (asserts! (is-eq contract-caller (get pool policy)) (err err-unauthorized))
      (asserts! (is-eq (get status policy) status-active) (err err-invalid-input))
      (try! (contract-call? .oracle get-price "BTC"))
      (try! (contract-call? .oracle get-price "STX"))
      (asserts!
        (> burn-block-height (try! (get-settlement-deadline policy-id)))
        (err err-invalid-input))
      (map-set policies { policy-id: policy-id } (merge policy { status: status-expired }))
      (update-metrics "policies-expired" u1)
      (print { event: "policy-expired", policy-id: policy-id })
      (ok true))))

;; Disputes a settlement, with a bond from the signer, and returns the dispute's id. For the policy's owner
;; and provider (403). One dispute at a time; one that was withdrawn or rejected gives the right to the
;; other side. 503 paused; 404 no such policy; 400 not settled, out of time,
;; or disputed already; 402 too few STX for the bond.
(define-public (dispute-settlement (policy-id uint) (evidence-hash (buff 32)))
  (begin
    (try! (ensure-not-paused "dispute"))
    (let (
        (policy (unwrap! (get-policy policy-id) (err err-not-found)))
        (owner (get owner policy))
        (provider (get provider policy))
        (window (try! (get-parameter "dispute-window")))
      )
      (asserts!
        (or (is-eq contract-caller owner) (is-eq contract-caller provider))
        (err err-unauthorized))
      (asserts!
        (match (get-policy-dispute policy-id)
          last (may-dispute-again (get dispute-id last) (get filed-by last) contract-caller)
          true)
        (err err-invalid-input))
      (let (
          (settlement (unwrap! (get-settlement policy-id) (err err-invalid-input)))
        )
        (asserts!
          (<=
            burn-block-height
            (get-dispute-deadline policy-id (get disputable-until settlement) window))
          (err err-invalid-input))
        (let (
            (dispute-id (try! (contract-call? .dispute-resolution file-dispute
              settlement-type policy-id evidence-hash)))
          )
          (try! (contract-call? .dispute-resolution set-parties dispute-id owner provider))
          (map-set policy-disputes { policy-id: policy-id } {
            dispute-id: dispute-id,
            filed-by: contract-caller,
            awarded: u0
          })
          (ok dispute-id))))))

;; Pays the policy's owner what the fund can bear of an award, and returns it in micro-USD; the rest stays
;; due. The award is cut to what the policy can still be worth: its protected value less what has been
;; paid already. Anybody may ask for it. 503 paused, or a price that is missing; 403 not the fund; 404 no
;; such policy, dispute or settlement; 400 not upheld, or nothing due; 402 the fund is empty.
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
        (awarded (get awarded dispute))
      )
      (asserts! (> award awarded) (err err-invalid-input))
      (let (
          (covered (try! (request-insurance-coverage
            fund policy-id (- award awarded) (get owner policy))))
        )
        (asserts! (> covered u0) (err err-insufficient-funds))
        (map-set policy-disputes { policy-id: policy-id }
          (merge dispute { awarded: (+ awarded covered) }))
        (print {
          event: "dispute-award-paid",
          policy-id: policy-id,
          award: award,
          covered: covered
        })
        (ok covered)))))
