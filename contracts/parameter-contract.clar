;; parameter-contract
;;
;; The protocol's parameters, its circuit breakers, and its rate limits, which double as protection
;; against flash loans. It has no circuit breaker of its own: it must work in an emergency.

;; --- errors ------------------------------------------------------------------------------------

(define-constant err-invalid-input u400)
(define-constant err-unauthorized u403)
(define-constant err-not-found u404)
(define-constant err-rate-limited u429)
(define-constant err-contract-paused u503)

;; --- constants ---------------------------------------------------------------------------------

;; While this breaker is active every check fails, whatever it asks for.
(define-constant global-breaker "action-all")
;; The height of a breaker that stays active until somebody deactivates it.
(define-constant no-automatic-end u0)
;; How long a breaker that stops exits may stay active without a gap, about a week, and how long the
;; gap is, about a day: nobody is locked in for good, whoever is in charge.
(define-constant longest-stop u1008)
(define-constant stop-gap u144)
;; No breaker is activated for longer than about ten years: heights are added to.
(define-constant longest-activation u525600)
;; It is lifted by a new price, and by nothing else.
(define-constant price-breaker "oracle-deviation")
;; The longest period of a rate limit, and the widest gap, in Stacks blocks.
(define-constant longest-period u10000)
(define-constant widest-gap u144)
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

;; Two parameters of which the lower may not exceed the upper one, from either side.
(define-map upper-partners
  { parameter-id: (string-ascii 50) }
  { partner: (string-ascii 50) }
)

(define-map lower-partners
  { parameter-id: (string-ascii 50) }
  { partner: (string-ascii 50) }
)

;; From when to when a breaker was last active; activations less than a gap apart count as one.
(define-map breaker-outages
  { breaker-id: (string-ascii 50) }
  { since: uint, until: uint }
)

;; The outage before that one: there may have been others between the two, without time to settle.
(define-map earlier-outages
  { breaker-id: (string-ascii 50) }
  { since: uint, until: uint }
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

;; Those whose actions are limited: no other contract has a reason to use up a user's quota.
(define-private (is-limited-contract)
  (or
    (is-caller-named "liquidity-pool")
    (is-caller-named "policy-registry")
    (is-caller-named "p2p-marketplace")
    (is-caller-named "liquidation-engine")))

(define-private (is-breaker-authority)
  (or (is-admin) (is-caller-named "emergency-response")))

;; Whether a breaker stops people from getting out what is theirs, rewards and shares of fees included:
;; the time to claim rewards is limited. Without prices nothing is settled or released, either.
(define-private (stops-exits (breaker-id (string-ascii 50)))
  (or
    (is-eq breaker-id global-breaker)
    (is-eq breaker-id "action-settle")
    (is-eq breaker-id "action-withdraw")
    (is-eq breaker-id "action-insurance")
    (is-eq breaker-id "action-dispute")
    (is-eq breaker-id "action-treasury")
    (is-eq breaker-id "action-incentives")
    (is-eq breaker-id "action-oracle")))

;; The price breaker is the oracle's to lift, once it has a new price.
(define-private (may-deactivate (breaker-id (string-ascii 50)))
  (if (is-eq breaker-id price-breaker)
    (is-caller-named "oracle")
    (is-breaker-authority)))

(define-private (pair-parameters (lower (string-ascii 50)) (upper (string-ascii 50)))
  (begin
    (map-set upper-partners { parameter-id: lower } { partner: upper })
    (map-set lower-partners { parameter-id: upper } { partner: lower })))

(define-private (get-value (parameter-id (string-ascii 50)) (otherwise uint))
  (default-to otherwise (get value (map-get? parameters { parameter-id: parameter-id }))))

(define-private (fits-partners (parameter-id (string-ascii 50)) (value uint))
  (and
    (match (map-get? upper-partners { parameter-id: parameter-id })
      upper (<= value (get-value (get partner upper) value))
      true)
    (match (map-get? lower-partners { parameter-id: parameter-id })
      lower (>= value (get-value (get partner lower) value))
      true)))

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

(define-private (smaller-of (a uint) (b uint))
  (if (< a b) a b))

;; The end of an activation that began at `since`: one that stops exits has an end whatever is asked
;; for, and the price breaker has none.
(define-private (bounded-end (breaker-id (string-ascii 50)) (since uint) (requested uint))
  (if (is-eq breaker-id price-breaker)
    no-automatic-end
    (if (stops-exits breaker-id)
      (if (is-eq requested no-automatic-end)
        (+ since longest-stop)
        (smaller-of requested (+ since longest-stop)))
      requested)))

(define-private (engage (breaker-id (string-ascii 50)) (until-height uint))
  (let (
      (breaker (unwrap! (get-circuit-breaker breaker-id) (err err-not-found)))
      (outage (get-breaker-outage breaker-id))
      (continues (and
        (> (get until outage) u0)
        (< burn-block-height (+ (get until outage) stop-gap))))
      (since (if continues (get since outage) burn-block-height))
      (requested (if (is-circuit-breaker-active breaker-id)
        (later-end (get auto-deactivation-height breaker) until-height)
        until-height))
      (end-height (bounded-end breaker-id since requested))
    )
    (asserts!
      (or (is-eq end-height no-automatic-end) (> end-height burn-block-height))
      (err err-invalid-input))
    (map-set circuit-breakers
      { breaker-id: breaker-id }
      (merge breaker {
        status: true,
        auto-deactivation-height: end-height,
        last-activated: burn-block-height
      }))
    (and (not continues) (map-set earlier-outages { breaker-id: breaker-id } outage))
    (map-set breaker-outages { breaker-id: breaker-id } { since: since, until: end-height })
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

;; When the breaker was last active, in Bitcoin blocks: until now while it is. Both are zero for one
;; that never was.
(define-read-only (get-breaker-outage (breaker-id (string-ascii 50)))
  (let ((outage (default-to
      { since: u0, until: u0 }
      (map-get? breaker-outages { breaker-id: breaker-id }))))
    (if (is-circuit-breaker-active breaker-id)
      (merge outage { until: burn-block-height })
      outage)))

;; When it was active before that.
(define-read-only (get-earlier-outage (breaker-id (string-ascii 50)))
  (default-to { since: u0, until: u0 } (map-get? earlier-outages { breaker-id: breaker-id })))

(define-read-only (check-circuit-breaker (breaker-id (string-ascii 50)))
  (begin
    (asserts! (not (is-circuit-breaker-active global-breaker)) (err err-contract-paused))
    (asserts! (not (is-circuit-breaker-active breaker-id)) (err err-contract-paused))
    (ok true)))

;; --- public: parameters ------------------------------------------------------------------------

;; Sets a parameter, in its own unit. For the admin (403). 404 no such parameter; 400 a value out of its
;; bounds, or one that does not fit the parameter it is paired with.
(define-public (set-parameter (parameter-id (string-ascii 50)) (value uint))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (let (
        (parameter (unwrap! (get-parameter-info parameter-id) (err err-not-found)))
        (min-value (get min-value parameter))
        (max-value (get max-value parameter))
      )
      (asserts! (and (>= value min-value) (<= value max-value)) (err err-invalid-input))
      (asserts! (fits-partners parameter-id value) (err err-invalid-input))
      (store-parameter parameter-id value min-value max-value)
      (print { event: "parameter-set", parameter-id: parameter-id, value: value })
      (ok true))))

;; Adds a parameter with its bounds, which never change. For the admin (403). 400 an empty or known
;; id, or a value out of its bounds.
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

;; Adds a breaker, or changes the threshold (in the unit of what is observed; zero never trips) and the
;; text of one. An existing breaker keeps its state: a new threshold must not end a pause. For the
;; admin (403). 400 an empty id.
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

;; Activates a breaker until somebody deactivates it; one that stops exits ends by itself after
;; `longest-stop` blocks. For the admin and emergency-response (403). 404 no such breaker; 400 one
;; that stops exits, within its gap.
(define-public (activate-circuit-breaker (breaker-id (string-ascii 50)))
  (begin
    (asserts! (is-breaker-authority) (err err-unauthorized))
    (engage breaker-id no-automatic-end)))

;; Activates a breaker until a Bitcoin height, or sooner where it stops exits. An active breaker is
;; never shortened. For the admin and emergency-response (403). 404 no such breaker; 400 a height that
;; has passed or is ten years away, or within the gap.
(define-public (activate-circuit-breaker-until (breaker-id (string-ascii 50)) (until-height uint))
  (begin
    (asserts! (is-breaker-authority) (err err-unauthorized))
    (asserts! (> until-height burn-block-height) (err err-invalid-input))
    (asserts! (<= until-height (+ burn-block-height longest-activation)) (err err-invalid-input))
    (engage breaker-id until-height)))

;; Ends an activation. For the admin and emergency-response, and for the oracle alone if it is the
;; price breaker (403). 404 no such breaker.
(define-public (deactivate-circuit-breaker (breaker-id (string-ascii 50)))
  (begin
    (asserts! (may-deactivate breaker-id) (err err-unauthorized))
    (let (
        (breaker (unwrap! (get-circuit-breaker breaker-id) (err err-not-found)))
        (outage (get-breaker-outage breaker-id))
      )
      (map-set breaker-outages { breaker-id: breaker-id } outage)
      (map-set circuit-breakers
        { breaker-id: breaker-id }
        (merge breaker { status: false, auto-deactivation-height: no-automatic-end }))
      (print { event: "breaker-deactivated", breaker-id: breaker-id })
      (ok true))))

;; For the oracle's observation of a price that jumps: activates the breaker if `observed` reaches its
;; threshold, and says whether it did. For the oracle (403). 404 no such breaker.
(define-public (trip-circuit-breaker (breaker-id (string-ascii 50)) (observed uint))
  (begin
    (asserts! (is-caller-named "oracle") (err err-unauthorized))
    (let (
        (breaker (unwrap! (get-circuit-breaker breaker-id) (err err-not-found)))
        (activation-threshold (get activation-threshold breaker))
      )
      (if (and (> activation-threshold never-trips) (>= observed activation-threshold))
        (engage breaker-id no-automatic-end)
        (ok false)))))

;; --- public: rate limits -----------------------------------------------------------------------

;; Allows a user `max-per-period` actions of a type in `period-length` Stacks blocks (zero: any number),
;; at least `min-gap` blocks apart. For the admin (403). 400 an empty type, a period of nothing, or
;; blocks beyond the bounds: limits hold for exits, too.
(define-public (set-rate-limit
    (action-type (string-ascii 50))
    (max-per-period uint)
    (period-length uint)
    (min-gap uint))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (> (len action-type) u0) (err err-invalid-input))
    (asserts! (or (is-eq max-per-period unlimited) (> period-length u0)) (err err-invalid-input))
    (asserts!
      (and (<= period-length longest-period) (<= min-gap widest-gap))
      (err err-invalid-input))
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

;; Counts one action of `user` against its limit. Only the contracts whose actions are limited may consume a
;; quota (403): anybody else could exhaust it for the user. 429 the quota is used up, or the last action is too near.
(define-public (check-rate-limit (action-type (string-ascii 50)) (user principal))
  (begin
    (asserts! (is-limited-contract) (err err-unauthorized))
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
;; The volatility of BTC per year, and what a tier charges, as a ratio of the expected payout. Of that the
;; provider gets the part that is not the fee: no less than is paid out.
(store-parameter "volatility" u500000 u200000 u2000000)
(store-parameter "premium-rate-conservative" u1250000 u1000000 u2000000)
(store-parameter "premium-rate-balanced" u1350000 u1000000 u2000000)
(store-parameter "premium-rate-aggressive" u1500000 u1000000 u2000000)
(store-parameter "min-premium" u1000000 u100000 u1000000000)
(store-parameter "min-strike-ratio" u500000 u100000 u1000000)
(store-parameter "max-strike-ratio" u1000000 u100000 u1500000)
(store-parameter "min-duration" u144 u1 u4320)
(store-parameter "max-duration" u52560 u144 u105120)
(store-parameter "activation-delay" u1 u0 u144)
(store-parameter "settlement-grace" u36 u6 u144)
(store-parameter "dispute-window" u1008 u144 u4320)
(store-parameter "dispute-bond" u1000000 u0 u1000000000)
;; Liquidation thresholds are 109 % at least, so that even at the highest bonus a liquidation at the
;; threshold leaves a position healthier than before.
(store-parameter "liquidation-bonus" u50000 u0 u80000)
(store-parameter "close-factor" u500000 u100000 u1000000)
(store-parameter "oracle-max-age" u144 u1 u1008)
(store-parameter "oracle-fresh-age" u3 u1 u12)
(store-parameter "proposal-threshold" u1000000000 u1000000000 u1000000000000)
(store-parameter "quorum" u100000000000 u100000000000 u1000000000000000)
(store-parameter "voting-period" u432 u432 u4320)
(store-parameter "timelock" u144 u144 u4320)

;; The rule against flash loans: one movement of collateral per user and Stacks block.
(map-set rate-limit-config
  { action-type: "collateral" }
  { max-per-period: unlimited, period-length: u0, min-gap: u1 })

(pair-parameters "min-strike-ratio" "max-strike-ratio")
(pair-parameters "min-duration" "max-duration")
;; A policy that has expired before it is active can never be settled.
(pair-parameters "activation-delay" "min-duration")
(pair-parameters "oracle-fresh-age" "oracle-max-age")
