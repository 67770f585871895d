;; parameter-contract
;;
;; The protocol's parameters, its circuit breakers, and its rate limits, which double as protection
;; against flash loans. It has no circuit breaker of its own: it must work in an emergency.

;; --- errors ------------------------------------------------------------------------------------

(define-constant err-invalid-input u400)
(define-constant err-insufficient-funds u402)
(define-constant err-unauthorized u403)
(define-constant err-not-found u404)
(define-constant err-rate-limited u429)
(define-constant err-contract-paused u503)

;; --- constants ---------------------------------------------------------------------------------

;; While this breaker is active every check fails, whatever it asks for.
(define-constant global-breaker "action-all")
;; The height of a breaker that stays active until somebody deactivates it.
(define-constant no-automatic-end u0)
;; The threshold of a breaker that no observation trips.
(define-constant never-trips u0)
;; The `max-per-period` of a rate limit that only spaces actions.
(define-constant unlimited u0)

;; --- maps --------------------------------------------------------------------------------------

(define-map parameters
  { parameter-id: (string-ascii 50) }
  {
    value: uint,
    min-value: uint,
    max-value: uint,
    last-updated: uint
  }
)

(define-map circuit-breakers
  { breaker-id: (string-ascii 50) }
  {
    status: bool,
    activation-threshold: uint,
    auto-deactivation-height: uint,
    last-activated: uint,
    description: (string-ascii 100)
  }
)

(define-map rate-limiting
  { action-type: (string-ascii 50), user: principal }
  {
    last-action-height: uint,
    count-in-period: uint,
    period-start: uint
  }
)

(define-map rate-limit-config
  { action-type: (string-ascii 50) }
  {
    max-per-period: uint,
    period-length: uint,
    min-gap: uint
  }
)

;; --- private -----------------------------------------------------------------------------------

(define-private (is-admin)
  (contract-call? .upgrade-manager is-contract-admin contract-caller))

(define-private (is-caller-named (name (string-ascii 50)))
  (contract-call? .upgrade-manager is-contract-named name contract-caller))

(define-private (is-protocol-caller)
  (contract-call? .upgrade-manager is-protocol-contract contract-caller))

(define-private (is-breaker-authority)
  (or (is-admin) (is-caller-named "emergency-response")))

(define-private (store-parameter
    (parameter-id (string-ascii 50))
    (value uint)
    (min-value uint)
    (max-value uint))
  (map-set parameters
    { parameter-id: parameter-id }
    {
      value: value,
      min-value: min-value,
      max-value: max-value,
      last-updated: burn-block-height
    }))

(define-private (store-new-breaker
    (breaker-id (string-ascii 50))
    (activation-threshold uint)
    (description (string-ascii 100)))
  (map-set circuit-breakers
    { breaker-id: breaker-id }
    {
      status: false,
      activation-threshold: activation-threshold,
      auto-deactivation-height: no-automatic-end,
      last-activated: u0,
      description: description
    }))

;; Where a breaker that is active until `current` ends once it is activated until `requested`: the
;; later end wins, so that nobody shortens a pause by asking for another one.
(define-private (later-end (current uint) (requested uint))
  (if (or (is-eq current no-automatic-end) (is-eq requested no-automatic-end))
    no-automatic-end
    (if (> current requested) current requested)))

(define-private (engage (breaker-id (string-ascii 50)) (until-height uint))
  (let (
      (breaker (unwrap! (get-circuit-breaker breaker-id) (err err-not-found)))
      (end-height (if (is-circuit-breaker-active breaker-id)
        (later-end (get auto-deactivation-height breaker) until-height)
        until-height))
    )
    (map-set circuit-breakers
      { breaker-id: breaker-id }
      (merge breaker {
        status: true,
        auto-deactivation-height: end-height,
        last-activated: burn-block-height
      }))
    (print { event: "breaker-activated", breaker-id: breaker-id, until-height: end-height })
    (ok true)))

;; Stacks blocks are counted here, and not Bitcoin blocks, because only they tell whether two actions
;; happened in the same block.
(define-private (consume-quota
    (action-type (string-ascii 50))
    (user principal)
    (config { max-per-period: uint, period-length: uint, min-gap: uint }))
  (let (
      (height stacks-block-height)
      (state (get-rate-limit-state action-type user))
      (started (default-to height (get period-start state)))
      (is-new-period (>= height (+ started (get period-length config))))
      (period-start (if is-new-period height started))
      (count (if is-new-period u0 (default-to u0 (get count-in-period state))))
      (max-per-period (get max-per-period config))
    )
    (asserts!
      (match state
        entry (>= (- height (get last-action-height entry)) (get min-gap config))
        true)
      (err err-rate-limited))
    (asserts!
      (or (is-eq max-per-period unlimited) (< count max-per-period))
      (err err-rate-limited))
    (map-set rate-limiting
      { action-type: action-type, user: user }
      {
        last-action-height: height,
        count-in-period: (+ count u1),
        period-start: period-start
      })
    (ok true)))

;; --- read-only ---------------------------------------------------------------------------------

(define-read-only (get-parameter (parameter-id (string-ascii 50)))
  (ok (get value (unwrap! (map-get? parameters { parameter-id: parameter-id }) (err err-not-found)))))

(define-read-only (get-parameter-info (parameter-id (string-ascii 50)))
  (map-get? parameters { parameter-id: parameter-id }))

(define-read-only (get-circuit-breaker (breaker-id (string-ascii 50)))
  (map-get? circuit-breakers { breaker-id: breaker-id }))

(define-read-only (get-rate-limit-config (action-type (string-ascii 50)))
  (map-get? rate-limit-config { action-type: action-type }))

(define-read-only (get-rate-limit-state (action-type (string-ascii 50)) (user principal))
  (map-get? rate-limiting { action-type: action-type, user: user }))

(define-read-only (is-circuit-breaker-active (breaker-id (string-ascii 50)))
  (match (get-circuit-breaker breaker-id)
    breaker (and
      (get status breaker)
      (or
        (is-eq (get auto-deactivation-height breaker) no-automatic-end)
        (< burn-block-height (get auto-deactivation-height breaker))))
    false))

(define-read-only (check-circuit-breaker (breaker-id (string-ascii 50)))
  (begin
    (asserts! (not (is-circuit-breaker-active global-breaker)) (err err-contract-paused))
    (asserts! (not (is-circuit-breaker-active breaker-id)) (err err-contract-paused))
    (ok true)))

;; --- public: parameters ------------------------------------------------------------------------

(define-public (set-parameter (parameter-id (string-ascii 50)) (value uint))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (let (
        (parameter (unwrap! (get-parameter-info parameter-id) (err err-not-found)))
        (min-value (get min-value parameter))
        (max-value (get max-value parameter))
      )
      (asserts! (and (>= value min-value) (<= value max-value)) (err err-invalid-input))
      (store-parameter parameter-id value min-value max-value)
      (print { event: "parameter-set", parameter-id: parameter-id, value: value })
      (ok true))))

(define-public (define-parameter
    (parameter-id (string-ascii 50))
    (value uint)
    (min-value uint)
    (max-value uint))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (> (len parameter-id) u0) (err err-invalid-input))
    (asserts! (and (>= value min-value) (<= value max-value)) (err err-invalid-input))
    (asserts! (is-none (get-parameter-info parameter-id)) (err err-invalid-input))
    (store-parameter parameter-id value min-value max-value)
    (print { event: "parameter-defined", parameter-id: parameter-id, value: value })
    (ok true)))

;; --- public: circuit breakers ------------------------------------------------------------------

;; An existing breaker keeps its state: a new threshold must not end a pause.
(define-public (configure-circuit-breaker
    (breaker-id (string-ascii 50))
    (activation-threshold uint)
    (description (string-ascii 100)))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (> (len breaker-id) u0) (err err-invalid-input))
    (match (get-circuit-breaker breaker-id)
      breaker (map-set circuit-breakers
        { breaker-id: breaker-id }
        (merge breaker { activation-threshold: activation-threshold, description: description }))
      (store-new-breaker breaker-id activation-threshold description))
    (print {
      event: "breaker-configured",
      breaker-id: breaker-id,
      activation-threshold: activation-threshold
    })
    (ok true)))

(define-public (activate-circuit-breaker (breaker-id (string-ascii 50)))
  (begin
    (asserts! (is-breaker-authority) (err err-unauthorized))
    (engage breaker-id no-automatic-end)))

(define-public (activate-circuit-breaker-until (breaker-id (string-ascii 50)) (until-height uint))
  (begin
    (asserts! (is-breaker-authority) (err err-unauthorized))
    (asserts! (> until-height burn-block-height) (err err-invalid-input))
    (engage breaker-id until-height)))

(define-public (deactivate-circuit-breaker (breaker-id (string-ascii 50)))
  (begin
    (asserts! (is-breaker-authority) (err err-unauthorized))
    (map-set circuit-breakers
      { breaker-id: breaker-id }
      (merge
        (unwrap! (get-circuit-breaker breaker-id) (err err-not-found))
        { status: false, auto-deactivation-height: no-automatic-end }))
    (print { event: "breaker-deactivated", breaker-id: breaker-id })
    (ok true)))

;; For the protocol's own observations, such as a price that jumps. `(ok false)` is the usual answer.
(define-public (trip-circuit-breaker (breaker-id (string-ascii 50)) (observed uint))
  (begin
    (asserts! (is-protocol-caller) (err err-unauthorized))
    (let (
        (breaker (unwrap! (get-circuit-breaker breaker-id) (err err-not-found)))
        (activation-threshold (get activation-threshold breaker))
      )
      (if (and (> activation-threshold never-trips) (>= observed activation-threshold))
        (engage breaker-id no-automatic-end)
        (ok false)))))

;; --- public: rate limits -----------------------------------------------------------------------

(define-public (set-rate-limit
    (action-type (string-ascii 50))
    (max-per-period uint)
    (period-length uint)
    (min-gap uint))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (> (len action-type) u0) (err err-invalid-input))
    (asserts! (or (is-eq max-per-period unlimited) (> period-length u0)) (err err-invalid-input))
    (map-set rate-limit-config
      { action-type: action-type }
      {
        max-per-period: max-per-period,
        period-length: period-length,
        min-gap: min-gap
      })
    (print {
      event: "rate-limit-set",
      action-type: action-type,
      max-per-period: max-per-period,
      period-length: period-length,
      min-gap: min-gap
    })
    (ok true)))

;; Only protocol contracts may consume a quota: anybody else could exhaust it for the user.
(define-public (check-rate-limit (action-type (string-ascii 50)) (user principal))
  (begin
    (asserts! (is-protocol-caller) (err err-unauthorized))
    (match (get-rate-limit-config action-type)
      config (consume-quota action-type user config)
      (ok true))))

;; --- initial values ----------------------------------------------------------------------------

(store-new-breaker global-breaker never-trips "Everything")
(store-new-breaker "action-purchase" never-trips "Purchase of policies")
(store-new-breaker "action-settle" never-trips "Settlement and expiry of policies")
(store-new-breaker "action-deposit" never-trips "Collateral: deposits, tokens and tiers")
(store-new-breaker "action-withdraw" never-trips "Collateral: withdrawals and premium claims")
(store-new-breaker "action-liquidate" never-trips "Liquidations")
(store-new-breaker "action-p2p" never-trips "Peer-to-peer offers")
(store-new-breaker "action-insurance" never-trips "The insurance fund")
(store-new-breaker "action-treasury" never-trips "The treasury")
(store-new-breaker "action-incentives" never-trips "Incentive programs")
(store-new-breaker "action-dispute" never-trips "Disputes")
(store-new-breaker "action-analytics" never-trips "Metrics")
(store-new-breaker "action-oracle" never-trips "Price updates")
;; Not an action: half the price away from the last one makes the oracle refuse all prices.
(store-new-breaker "oracle-deviation" u500000 "A price that jumped")

(store-parameter "protocol-fee-rate" u100000 u0 u300000)
(store-parameter "premium-rate-conservative" u10000 u100 u500000)
(store-parameter "premium-rate-balanced" u20000 u100 u500000)
(store-parameter "premium-rate-aggressive" u40000 u100 u500000)
(store-parameter "min-strike-ratio" u500000 u100000 u1000000)
(store-parameter "max-strike-ratio" u1000000 u100000 u1500000)
(store-parameter "min-duration" u144 u1 u4320)
(store-parameter "max-duration" u52560 u144 u105120)
(store-parameter "activation-delay" u1 u0 u144)
(store-parameter "dispute-window" u1008 u144 u4320)
(store-parameter "dispute-bond" u1000000 u0 u1000000000)
(store-parameter "liquidation-bonus" u50000 u0 u200000)
(store-parameter "close-factor" u500000 u100000 u1000000)
(store-parameter "oracle-max-age" u144 u1 u1008)
(store-parameter "proposal-threshold" u1000000000 u1000000000 u1000000000000)
(store-parameter "quorum" u100000000000 u100000000000 u1000000000000000)
(store-parameter "voting-period" u432 u432 u4320)
(store-parameter "timelock" u144 u144 u4320)

;; The rule against flash loans: one movement of collateral per user and Stacks block.
(map-set rate-limit-config
  { action-type: "collateral" }
  { max-per-period: unlimited, period-length: u0, min-gap: u1 })
