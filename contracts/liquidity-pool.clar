;; liquidity-pool
;;
;; Holds the collateral of the providers, by token and by risk tier, locks it for policies, pays
;; claims out of it, and keeps premiums and what liquidations have brought in until their provider fetches
;; them. Peer-to-peer policies are backed here, too; the marketplace only arranges them.
;;
;; A pool that has been replaced goes on serving the policies and positions it holds, together with the
;; registry and the engine that were replaced with it, and takes nothing new.

(impl-trait .protocol-traits.liquidity-pool-trait)

(use-trait ft-trait .sip-010-trait.sip-010-trait)
(use-trait liquidation-engine-trait .protocol-traits.liquidation-engine-trait)

;; --- errors ------------------------------------------------------------------------------------

(define-constant err-invalid-input u400)
(define-constant err-insufficient-funds u402)
(define-constant err-unauthorized u403)
(define-constant err-not-found u404)
(define-constant err-contract-paused u503)

;; --- constants ---------------------------------------------------------------------------------

(define-constant scale u1000000)

;; A position worth less than a dollar is not liquidated. Positions are looked at in the order of
;; their provider's list, so one that is too small to sell would shield all that come after it.
(define-constant min-liquidation-value u1000000)

;; Numbers that cannot overflow: a billion whole tokens in a position, and a ratio of a thousand percent.
(define-constant most-tokens u1000000000)
(define-constant highest-ratio u10000000)

;; The lowest liquidation threshold: at the highest bonus, 8 %, a liquidation still leaves a position
;; healthier than before.
(define-constant lowest-threshold u1090000)

;; How long a token may refuse a claim before that is paid in another way: about a week.
(define-constant claim-wait u1008)

;; The least value that is owed for what is left after paying in whole units, in micro-USD: a cent. No unit of
;; a token may be worth more when it is activated: the fund would pay for what claims do not divide into,
;; and a position of one unit could be under water without anything to sell.
(define-constant least-shortfall u10000)
(define-constant coarsest-unit u10000)

(define-constant overflow-reject "reject")
(define-constant overflow-next "next-tier")
(define-constant overflow-split "proportional")

(define-constant empty-position {
  amount: u0,
  locked: u0,
  obligation: u0,
  open-policies: u0,
  frozen: false,
  escrow: u0,
  discharged: u0
})

;; --- maps --------------------------------------------------------------------------------------

(define-map supported-collateral-tokens
  { token-contract: principal }
  {
    symbol: (string-ascii 10),
    decimals: uint,
    collateralization-ratio: uint,
    liquidation-threshold: uint,
    price-feed: principal,
    active: bool
  }
)

;; Capacity and utilization are micro-USD of obligations.
(define-map tier-isolation-settings
  { tier-name: (string-ascii 20) }
  {
    max-capacity: uint,
    current-utilization: uint,
    isolated: bool,
    overflow-behavior: (string-ascii 20)
  }
)

;; Prices are found by symbol, so no two tokens have the same.
(define-map token-symbols
  { symbol: (string-ascii 10) }
  { token-contract: principal }
)

(define-map tier-order
  { tier-name: (string-ascii 20) }
  { next-tier: (optional (string-ascii 20)) }
)

;; A liquidation takes `amount` and puts uSTX into `escrow` instead; as much of the obligation as it was
;; worth is `discharged`. Every policy has its part of both. `frozen` marks a liquidated position that is not
;; healthy again.
(define-map positions
  {
    provider: principal,
    token-contract: principal,
    risk-tier: (string-ascii 20)
  }
  {
    amount: uint,
    locked: uint,
    obligation: uint,
    open-policies: uint,
    frozen: bool,
    escrow: uint,
    discharged: uint
  }
)

(define-map provider-positions
  { provider: principal }
  { keys: (list 10 {
    token-contract: principal,
    risk-tier: (string-ascii 20)
  }) }
)

;; `registry` is who sold the policy, and who alone may settle it.
;; The part of the obligation that did not fit into the policy's own tier is remembered with the
;; lock, so that it goes back to where it came from.
(define-map policy-locks
  { policy-id: uint }
  {
    provider: principal,
    token-contract: principal,
    risk-tier: (string-ascii 20),
    amount: uint,
    obligation: uint,
    overflow-tier: (optional (string-ascii 20)),
    overflow-amount: uint,
    registry: principal
  }
)

;; Claims that a token refused to pay, with their value in micro-USD. The tokens are kept here for whoever
;; they are owed to, and for the protocol once that has been paid in another way.
(define-map unpaid-claims
  { policy-id: uint, registry: principal }
  {
    recipient: principal,
    token-contract: principal,
    amount: uint,
    value: uint,
    kept-at: uint,
    assigned: bool
  }
)

(define-map premium-balances
  { provider: principal }
  { amount: uint }
)

(define-map token-totals
  { token-contract: principal }
  { amount: uint }
)

;; --- private -----------------------------------------------------------------------------------

(define-private (ensure-not-paused (action-type (string-ascii 20)))
  (contract-call? .parameter-contract check-circuit-breaker (concat "action-" action-type)))

;; Limits are kept for whoever calls, to whom what is limited belongs.
(define-private (ensure-not-flash-loan (action-type (string-ascii 20)))
  (contract-call? .parameter-contract check-rate-limit action-type contract-caller))

(define-private (is-retired)
  (not (contract-call? .upgrade-manager is-contract-named "liquidity-pool" current-contract)))

;; A retired pool has no quota to consume, and must still give back what it holds.
(define-private (limit-exit (action-type (string-ascii 20)))
  (if (is-retired)
    (ok true)
    (ensure-not-flash-loan action-type)))

(define-private (check-emergency-status)
  (if (contract-call? .emergency-response is-emergency-active)
    (err err-contract-paused)
    (ok true)))

(define-private (is-admin)
  (contract-call? .upgrade-manager is-contract-admin contract-caller))

(define-private (is-caller-named (name (string-ascii 50)))
  (contract-call? .upgrade-manager is-contract-named name contract-caller))

;; The registry, and one that was replaced: each of them ends the policies that it has sold.
(define-private (is-registry)
  (or
    (is-caller-named "policy-registry")
    (contract-call? .upgrade-manager is-retired-contract "policy-registry" contract-caller)))

;; The engine, and for a pool that was replaced the one that was replaced with it.
(define-private (is-engine (who principal))
  (or
    (contract-call? .upgrade-manager is-contract-named "liquidation-engine" who)
    (and
      (is-retired)
      (contract-call? .upgrade-manager is-retired-contract "liquidation-engine" who))))

(define-private (get-contract-address (name (string-ascii 50)))
  (contract-call? .upgrade-manager resolve-contract-address name))

;; Metrics and incentives are best effort: a paused or failing satellite never stops a core action.
(define-private (update-metrics (metric-id (string-ascii 50)) (value uint))
  (match (contract-call? .analytics record-metric metric-id value) done true code false))

(define-private (process-incentives (user principal) (action-type (string-ascii 20)) (value uint))
  (match (contract-call? .incentives record-activity user action-type value) done true code false))

(define-private (smaller-of (a uint) (b uint))
  (if (< a b) a b))

(define-private (less-or-zero (a uint) (b uint))
  (if (> a b) (- a b) u0))

(define-private (enforce-tier-isolation (tier-name (string-ascii 20)) (amount uint))
  (let ((tier (unwrap! (get-tier tier-name) (err err-not-found))))
    (asserts!
      (<= (+ (get current-utilization tier) amount) (get max-capacity tier))
      (err err-insufficient-funds))
    (ok true)))

(define-private (allocate-to-tier (tier-name (string-ascii 20)) (amount uint))
  (let ((tier (unwrap! (get-tier tier-name) (err err-not-found))))
    (if (is-ok (enforce-tier-isolation tier-name amount))
      (begin
        (add-utilization tier-name amount)
        (ok { overflow-tier: none, overflow-amount: u0 }))
      (let (
          (behavior (get overflow-behavior tier))
          (next-name (unwrap!
            (default-to none (get next-tier (map-get? tier-order { tier-name: tier-name })))
            (err err-insufficient-funds)))
          (next (unwrap! (get-tier next-name) (err err-not-found)))
          (room (less-or-zero (get max-capacity tier) (get current-utilization tier)))
          (overflow-amount (if (is-eq behavior overflow-split) (- amount room) amount))
        )
        (asserts! (not (is-eq behavior overflow-reject)) (err err-insufficient-funds))
        (asserts!
          (not (or (get isolated tier) (get isolated next)))
          (err err-insufficient-funds))
        (try! (enforce-tier-isolation next-name overflow-amount))
        (add-utilization tier-name (- amount overflow-amount))
        (add-utilization next-name overflow-amount)
        (ok { overflow-tier: (some next-name), overflow-amount: overflow-amount })))))

(define-private (add-utilization (tier-name (string-ascii 20)) (amount uint))
  (match (get-tier tier-name)
    tier (map-set tier-isolation-settings { tier-name: tier-name }
      (merge tier { current-utilization: (+ (get current-utilization tier) amount) }))
    false))

(define-private (remove-utilization (tier-name (string-ascii 20)) (amount uint))
  (match (get-tier tier-name)
    tier (map-set tier-isolation-settings { tier-name: tier-name }
      (merge tier {
        current-utilization: (less-or-zero (get current-utilization tier) amount)
      }))
    false))

(define-private (add-token-total (token-contract principal) (amount uint))
  (map-set token-totals { token-contract: token-contract }
    { amount: (+ (get-token-total token-contract) amount) }))

(define-private (remove-token-total (token-contract principal) (amount uint))
  (map-set token-totals { token-contract: token-contract }
    { amount: (- (get-token-total token-contract) amount) }))

(define-private (add-premium (provider principal) (amount uint))
  (map-set premium-balances { provider: provider }
    { amount: (+ (get-premium-balance provider) amount) }))

;; Fold step that copies every key but `removed`.
(define-private (keep-other-key
    (key { token-contract: principal, risk-tier: (string-ascii 20) })
    (state {
      removed: { token-contract: principal, risk-tier: (string-ascii 20) },
      kept: (list 10 { token-contract: principal, risk-tier: (string-ascii 20) })
    }))
  (if (is-eq key (get removed state))
    state
    (merge state {
      kept: (default-to (get kept state) (as-max-len? (append (get kept state) key) u10))
    })))

;; Stores a position and keeps the provider's list of keys in step with it. A position that holds
;; nothing and backs nothing is dropped, so its place in the list is free again.
(define-private (save-position
    (provider principal)
    (token-contract principal)
    (risk-tier (string-ascii 20))
    (position {
      amount: uint,
      locked: uint,
      obligation: uint,
      open-policies: uint,
      frozen: bool,
      escrow: uint,
      discharged: uint
    }))
  (let (
      (position-key {
        provider: provider,
        token-contract: token-contract,
        risk-tier: risk-tier
      })
      (list-key { token-contract: token-contract, risk-tier: risk-tier })
      (keys (get-provider-positions provider))
    )
    (if (is-eq position empty-position)
      (begin
        (map-delete positions position-key)
        (map-set provider-positions { provider: provider } {
          keys: (get kept (fold keep-other-key keys { removed: list-key, kept: (list) }))
        }))
      (begin
        (if (is-none (map-get? positions position-key))
          (map-set provider-positions { provider: provider } {
            keys: (unwrap! (as-max-len? (append keys list-key) u10) (err err-invalid-input))
          })
          true)
        (map-set positions position-key position)))
    (ok true)))

;; Whole tokens and the rest are converted apart, so that no product overflows. Both round down.
(define-private (value-at (price uint) (decimals uint) (amount uint))
  (let ((unit (pow u10 decimals)))
    (+ (* (/ amount unit) price) (/ (* (mod amount unit) price) unit))))

(define-private (tokens-at (price uint) (decimals uint) (value uint))
  (let ((unit (pow u10 decimals)))
    (+ (* (/ value price) unit) (/ (* (mod value price) unit) price))))

;; Whether collateral of a value (micro-USD) carries an obligation at a ratio.
(define-private (is-covered (value uint) (obligation uint) (ratio uint))
  (>= (* value scale) (* obligation ratio)))

;; Whether a position does not carry what it owes, as far as its price is known.
(define-private (is-short
    (token-contract principal)
    (position {
      amount: uint,
      locked: uint,
      obligation: uint,
      open-policies: uint,
      frozen: bool,
      escrow: uint,
      discharged: uint
    }))
  (and
    (> (get obligation position) u0)
    (match (token-value token-contract (get amount position))
      value (not (is-covered value (get obligation position) (get-ratio token-contract)))
      code true)))

(define-private (get-ratio (token-contract principal))
  (default-to highest-ratio
    (get collateralization-ratio (get-collateral-token token-contract))))

;; One unit more than the exact collateral is locked, because the conversion rounds down. The whole
;; position has to be healthy afterwards: nobody is pushed under water by a purchase.
(define-private (lock-internal
    (policy-id uint)
    (registry principal)
    (provider principal)
    (token-contract principal)
    (risk-tier (string-ascii 20))
    (obligation uint)
    (premium uint))
  (let (
      (token (unwrap! (get-collateral-token token-contract) (err err-not-found)))
      (ratio (get collateralization-ratio token))
      (decimals (get decimals token))
      (price (try! (contract-call? .oracle get-fresh-price (get symbol token))))
      (required (+ (tokens-at price decimals (/ (* obligation ratio) scale)) u1))
      (allocation (try! (allocate-to-tier risk-tier obligation)))
      (position (get-position provider token-contract risk-tier))
      (new-obligation (+ (get obligation position) obligation))
    )
    (asserts! (get active token) (err err-invalid-input))
    (asserts!
      (and
        (<= required (less-or-zero (get amount position) (get locked position)))
        (is-covered (value-at price decimals (get amount position)) new-obligation ratio))
      (err err-insufficient-funds))
    (asserts! (is-none (get-policy-lock policy-id)) (err err-invalid-input))
    (map-set policy-locks { policy-id: policy-id } {
      provider: provider,
      token-contract: token-contract,
      risk-tier: risk-tier,
      amount: required,
      obligation: obligation,
      overflow-tier: (get overflow-tier allocation),
      overflow-amount: (get overflow-amount allocation),
      registry: registry
    })
    (try! (save-position provider token-contract risk-tier (merge position {
      locked: (+ (get locked position) required),
      obligation: new-obligation,
      open-policies: (+ (get open-policies position) u1),
      frozen: false
    })))
    (add-premium provider premium)
    (print {
      event: "collateral-locked",
      policy-id: policy-id,
      provider: provider,
      amount: required,
      obligation: obligation
    })
    (ok true)))

;; A policy's part of something that all policies of a position share by their obligations.
(define-private (part-of (whole uint) (obligation uint) (all-obligations uint))
  (if (>= obligation all-obligations)
    whole
    (/ (* whole obligation) all-obligations)))

;; The uSTX that were put aside for a policy.
(define-private (get-escrow-part
    (obligation uint)
    (provider principal)
    (token-contract principal)
    (risk-tier (string-ascii 20)))
  (let ((position (get-position provider token-contract risk-tier)))
    (part-of
      (get escrow position)
      obligation
      (+ (get obligation position) (get discharged position)))))

;; Ends a lock after `paid` tokens and `paid-stx` uSTX of its escrow have been paid. The rest of its escrow
;; is the provider's again, unless the position does not carry the other policies: a claim takes tokens
;; before escrow, and may have taken those that were left for them. A liquidation may have taken a part
;; of the lock before, hence the bound at zero.
(define-private (unlock
    (policy-id uint)
    (lock {
      provider: principal,
      token-contract: principal,
      risk-tier: (string-ascii 20),
      amount: uint,
      obligation: uint,
      overflow-tier: (optional (string-ascii 20)),
      overflow-amount: uint,
      registry: principal
    })
    (paid uint)
    (paid-stx uint))
  (let (
      (provider (get provider lock))
      (token-contract (get token-contract lock))
      (risk-tier (get risk-tier lock))
      (obligation (get obligation lock))
      (overflow-amount (get overflow-amount lock))
      (position (get-position provider token-contract risk-tier))
      (all-obligations (+ (get obligation position) (get discharged position)))
      (escrow-part (part-of (get escrow position) obligation all-obligations))
      (discharged-part (part-of (get discharged position) obligation all-obligations))
      (open-policies (less-or-zero (get open-policies position) u1))
      (remaining (merge position {
        amount: (- (get amount position) paid),
        locked: (if (> open-policies u0)
          (less-or-zero (get locked position) (get amount lock))
          u0),
        obligation: (less-or-zero (get obligation position) (- obligation discharged-part)),
        open-policies: open-policies,
        discharged: (- (get discharged position) discharged-part)
      }))
      (short (is-short token-contract remaining))
      (returned (if short u0 (less-or-zero escrow-part paid-stx)))
    )
    (map-delete policy-locks { policy-id: policy-id })
    (remove-utilization risk-tier (- obligation overflow-amount))
    (match (get overflow-tier lock)
      overflow-tier (remove-utilization overflow-tier overflow-amount)
      true)
    (if (> returned u0)
      (add-premium provider returned)
      true)
    (save-position provider token-contract risk-tier (merge remaining {
      frozen: (and (get frozen position) short),
      escrow: (- (get escrow position) paid-stx returned)
    }))))

;; How much of a missing value (micro-USD) the uSTX that were put aside pay.
(define-private (cover-from-escrow (missing uint) (put-aside uint))
  (let (
      (stx-price (try! (contract-call? .oracle get-price "STX")))
      (needed (/ (* missing scale) stx-price))
    )
    (ok (if (<= needed put-aside)
      { amount: needed, value: missing }
      { amount: put-aside, value: (/ (* put-aside stx-price) scale) }))))

;; Pays `amount` uSTX of this contract, and nothing else.
(define-private (pay (amount uint) (recipient principal))
  (ok (unwrap!
    (as-contract? ((with-stx amount))
      (unwrap! (stx-transfer? amount tx-sender recipient) (err err-insufficient-funds)))
    (err err-unauthorized))))

;; Pays `amount` of a token, and nothing else.
(define-private (pay-tokens (token-contract <ft-trait>) (amount uint) (recipient principal))
  (let ((token-principal (contract-of token-contract)))
    (ok (unwrap!
      (as-contract? ((with-ft token-principal "*" amount))
        (unwrap!
          (contract-call? token-contract transfer amount tx-sender recipient none)
          (err err-insufficient-funds)))
      (err err-unauthorized)))))

;; Pays a claim, or keeps its tokens for the recipient where the token refuses: the policy is settled all
;; the same.
(define-private (pay-or-keep
    (policy-id uint)
    (token-contract <ft-trait>)
    (amount uint)
    (value uint)
    (recipient principal))
  (let ((token-principal (contract-of token-contract)))
    (match (pay-tokens token-contract amount recipient)
      done (remove-token-total token-principal amount)
      code (begin
        (map-set unpaid-claims
          { policy-id: policy-id, registry: contract-caller }
          {
            recipient: recipient,
            token-contract: token-principal,
            amount: amount,
            value: value,
            kept-at: burn-block-height,
            assigned: false
          })
        (print {
          event: "claim-kept",
          policy-id: policy-id,
          recipient: recipient,
          amount: amount
        })
        true))))

(define-private (is-known-behavior (overflow-behavior (string-ascii 20)))
  (or
    (is-eq overflow-behavior overflow-reject)
    (is-eq overflow-behavior overflow-next)
    (is-eq overflow-behavior overflow-split)))

;; Fold step that finds the first position below its liquidation threshold.
(define-private (first-underwater
    (key { token-contract: principal, risk-tier: (string-ascii 20) })
    (state {
      provider: principal,
      found: (optional { token-contract: principal, risk-tier: (string-ascii 20) })
    }))
  (if (and
      (is-none (get found state))
      (is-underwater (get provider state) (get token-contract key) (get risk-tier key)))
    (merge state { found: (some key) })
    state))

;; The engine calls the pool statically, so the way back is by trait. It is called as the signer,
;; because the liquidator pays.
(define-private (handle-underwater-position
    (engine <liquidation-engine-trait>)
    (provider principal))
  (begin
    (asserts! (is-engine (contract-of engine)) (err err-unauthorized))
    (contract-call? engine liquidate-position provider "partial")))

;; --- read-only ---------------------------------------------------------------------------------

(define-read-only (get-collateral-token (token-contract principal))
  (map-get? supported-collateral-tokens { token-contract: token-contract }))

(define-read-only (get-tier (tier-name (string-ascii 20)))
  (map-get? tier-isolation-settings { tier-name: tier-name }))

(define-read-only (get-policy-lock (policy-id uint))
  (map-get? policy-locks { policy-id: policy-id }))

(define-read-only (get-position
    (provider principal)
    (token-contract principal)
    (risk-tier (string-ascii 20)))
  (default-to empty-position (map-get? positions {
    provider: provider,
    token-contract: token-contract,
    risk-tier: risk-tier
  })))

(define-read-only (get-provider-positions (provider principal))
  (default-to (list) (get keys (map-get? provider-positions { provider: provider }))))

(define-read-only (get-premium-balance (provider principal))
  (default-to u0 (get amount (map-get? premium-balances { provider: provider }))))

(define-read-only (get-token-total (token-contract principal))
  (default-to u0 (get amount (map-get? token-totals { token-contract: token-contract }))))

(define-read-only (get-free-collateral
    (provider principal)
    (token-contract principal)
    (risk-tier (string-ascii 20)))
  (let ((position (get-position provider token-contract risk-tier)))
    (ok (if (get frozen position)
      u0
      (less-or-zero (get amount position) (get locked position))))))

(define-read-only (get-unpaid-claim (policy-id uint) (registry principal))
  (map-get? unpaid-claims { policy-id: policy-id, registry: registry }))

(define-read-only (token-value (token-contract principal) (amount uint))
  (let (
      (token (unwrap! (get-collateral-token token-contract) (err err-not-found)))
      (price (try! (contract-call? .oracle get-price (get symbol token))))
    )
    (ok (value-at price (get decimals token) amount))))

(define-read-only (tokens-for-value (token-contract principal) (value uint))
  (let (
      (token (unwrap! (get-collateral-token token-contract) (err err-not-found)))
      (price (try! (contract-call? .oracle get-price (get symbol token))))
    )
    (ok (tokens-at price (get decimals token) value))))

(define-read-only (is-underwater
    (provider principal)
    (token-contract principal)
    (risk-tier (string-ascii 20)))
  (let (
      (position (get-position provider token-contract risk-tier))
      (amount (get amount position))
      (obligation (get obligation position))
      (threshold (default-to u0
        (get liquidation-threshold (get-collateral-token token-contract))))
    )
    (if (or (is-eq amount u0) (is-eq obligation u0))
      false
      (match (token-value token-contract amount)
        value (and
          (>= value min-liquidation-value)
          (< (* value scale) (* obligation threshold)))
        code false))))

(define-read-only (get-underwater-position (provider principal))
  (get found (fold first-underwater (get-provider-positions provider) {
    provider: provider,
    found: none
  })))

;; --- public: administration --------------------------------------------------------------------

;; Lists a token by its symbol at the oracle, with the ratio of its value that backs an obligation. For the
;; admin, at the registered pool (403). 503 paused, also while prices are; 400 an empty symbol or one that
;; is taken, a ratio out of range, a foreign oracle, or a known token; 404 no oracle.
;; Decimals and threshold come with the activation, which can ask the token itself.
(define-public (add-collateral-token
    (token-contract principal)
    (symbol (string-ascii 10))
    (collateralization-ratio uint)
    (price-feed principal))
  (begin
    (try! (ensure-not-paused "deposit"))
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (> (len symbol) u0) (err err-invalid-input))
    (asserts!
      (and (> collateralization-ratio scale) (<= collateralization-ratio highest-ratio))
      (err err-invalid-input))
    (asserts!
      (is-eq price-feed (try! (get-contract-address "oracle")))
      (err err-invalid-input))
    (asserts! (is-none (get-collateral-token token-contract)) (err err-invalid-input))
    (asserts!
      (map-insert token-symbols { symbol: symbol } { token-contract: token-contract })
      (err err-invalid-input))
    (map-set supported-collateral-tokens { token-contract: token-contract } {
      symbol: symbol,
      decimals: u0,
      collateralization-ratio: collateralization-ratio,
      liquidation-threshold: scale,
      price-feed: price-feed,
      active: false
    })
    (try! (contract-call? .oracle link-token token-contract symbol))
    (print { event: "collateral-token-added", token-contract: token-contract, symbol: symbol })
    (ok true)))

;; Opens a listed token for deposits, with the ratio below which a position is liquidated. For the admin
;; (403). 503 paused, or no price; 404 not listed; 400 a threshold that does not fit the ratio and the
;; bonus, or is raised while there are deposits, more than 18 decimals, or a unit worth over a cent.
;; The token is asked with the pool as signer and without any allowance, so that it cannot touch
;; what the admin owns.
(define-public (activate-collateral-token
    (token-contract <ft-trait>)
    (liquidation-threshold uint))
  (begin
    (try! (ensure-not-paused "deposit"))
    (asserts! (is-admin) (err err-unauthorized))
    (let (
        (token-principal (contract-of token-contract))
        (token (unwrap! (get-collateral-token token-principal) (err err-not-found)))
        (price (try! (contract-call? .oracle get-price (get symbol token))))
        (decimals (unwrap!
          (as-contract? ()
            (unwrap! (contract-call? token-contract get-decimals) (err err-invalid-input)))
          (err err-unauthorized)))
      )
      (asserts!
        (and
          (>= liquidation-threshold lowest-threshold)
          (< liquidation-threshold (get collateralization-ratio token)))
        (err err-invalid-input))
      (asserts! (<= decimals u18) (err err-invalid-input))
      ;; What is deposited was deposited under these terms.
      (asserts!
        (or
          (is-eq (get-token-total token-principal) u0)
          (and
            (<= liquidation-threshold (get liquidation-threshold token))
            (is-eq decimals (get decimals token))))
        (err err-invalid-input))
      (asserts! (<= (value-at price decimals u1) coarsest-unit) (err err-invalid-input))
      (map-set supported-collateral-tokens { token-contract: token-principal }
        (merge token {
          decimals: decimals,
          liquidation-threshold: liquidation-threshold,
          active: true
        }))
      (print {
        event: "collateral-token-activated",
        token-contract: token-principal,
        decimals: decimals
      })
      (ok true))))

;; Changes the ratio that new obligations of a token, and withdrawals, have to keep. For the admin (403). 503
;; paused; 404 not listed; 400 not above the threshold, or out of range.
(define-public (set-collateralization-ratio (token-contract principal) (collateralization-ratio uint))
  (begin
    (try! (ensure-not-paused "deposit"))
    (asserts! (is-admin) (err err-unauthorized))
    (let ((token (unwrap! (get-collateral-token token-contract) (err err-not-found))))
      (asserts!
        (and
          (> collateralization-ratio (get liquidation-threshold token))
          (<= collateralization-ratio highest-ratio))
        (err err-invalid-input))
      (map-set supported-collateral-tokens { token-contract: token-contract }
        (merge token { collateralization-ratio: collateralization-ratio }))
      (print {
        event: "collateralization-ratio-set",
        token-contract: token-contract,
        collateralization-ratio: collateralization-ratio
      })
      (ok true))))

;; No new deposits and locks; exits and top-ups go on. For the admin (403). 503 paused; 404 not listed.
(define-public (deactivate-collateral-token (token-contract principal))
  (begin
    (try! (ensure-not-paused "deposit"))
    (asserts! (is-admin) (err err-unauthorized))
    (let ((token (unwrap! (get-collateral-token token-contract) (err err-not-found))))
      (map-set supported-collateral-tokens { token-contract: token-contract }
        (merge token { active: false }))
      (print { event: "collateral-token-deactivated", token-contract: token-contract })
      (ok true))))

;; Adds a risk tier of a capacity in micro-USD of obligations, after which `next-tier` comes. What it charges
;; is the parameter `premium-rate-` and its name. For the admin (403). 503 paused; 400 an empty or known
;; name, or an unknown behaviour; 404 no such next tier.
(define-public (add-tier
    (tier-name (string-ascii 20))
    (max-capacity uint)
    (isolated bool)
    (overflow-behavior (string-ascii 20))
    (next-tier (optional (string-ascii 20))))
  (begin
    (try! (ensure-not-paused "deposit"))
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (> (len tier-name) u0) (err err-invalid-input))
    (asserts! (is-known-behavior overflow-behavior) (err err-invalid-input))
    (asserts! (is-none (get-tier tier-name)) (err err-invalid-input))
    (asserts!
      (match next-tier name (is-some (get-tier name)) true)
      (err err-not-found))
    (map-set tier-isolation-settings { tier-name: tier-name } {
      max-capacity: max-capacity,
      current-utilization: u0,
      isolated: isolated,
      overflow-behavior: overflow-behavior
    })
    (map-set tier-order { tier-name: tier-name } { next-tier: next-tier })
    (print { event: "tier-added", tier-name: tier-name, next-tier: next-tier })
    (ok true)))

;; Changes the capacity (micro-USD of obligations) and the overflow of a tier; its utilization stays. For the
;; admin (403). 503 paused; 400 an unknown behaviour; 404 no such tier.
(define-public (configure-tier
    (tier-name (string-ascii 20))
    (max-capacity uint)
    (isolated bool)
    (overflow-behavior (string-ascii 20)))
  (begin
    (try! (ensure-not-paused "deposit"))
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (is-known-behavior overflow-behavior) (err err-invalid-input))
    (let ((tier (unwrap! (get-tier tier-name) (err err-not-found))))
      (map-set tier-isolation-settings { tier-name: tier-name } (merge tier {
        max-capacity: max-capacity,
        isolated: isolated,
        overflow-behavior: overflow-behavior
      }))
      (print {
        event: "tier-configured",
        tier-name: tier-name,
        max-capacity: max-capacity,
        isolated: isolated,
        overflow-behavior: overflow-behavior
      })
      (ok true))))

;; --- public: providers -------------------------------------------------------------------------

;; Adds `amount` units of a token, which the signer pays, to the caller's position in a tier. Whoever backs a
;; policy may always add to the position behind it. 503 paused, or an emergency; 400 nothing, an
;; inactive token, more than a billion tokens, or an eleventh position; 404 an unknown token or tier; 429
;; the rate limit; 402 too few tokens.
(define-public (deposit-collateral
    (amount uint)
    (token-contract <ft-trait>)
    (risk-tier (string-ascii 20)))
  (begin
    (try! (ensure-not-paused "deposit"))
    (asserts! (> amount u0) (err err-invalid-input))
    (let (
        (provider contract-caller)
        (token-principal (contract-of token-contract))
        (token (unwrap! (get-collateral-token token-principal) (err err-not-found)))
        (position (get-position provider token-principal risk-tier))
        (is-top-up (> (get open-policies position) u0))
        (most (* most-tokens (pow u10 (get decimals token))))
      )
      (asserts! (is-some (get-tier risk-tier)) (err err-not-found))
      (asserts! (or is-top-up (get active token)) (err err-invalid-input))
      (asserts! (<= amount (less-or-zero most (get amount position))) (err err-invalid-input))
      (if is-top-up
        (try! (limit-exit "collateral"))
        (begin
          (try! (check-emergency-status))
          (try! (ensure-not-flash-loan "collateral"))))
      (let ((enlarged (merge position { amount: (+ (get amount position) amount) })))
        (try! (save-position provider token-principal risk-tier
          (merge enlarged {
            frozen: (and (get frozen position) (is-short token-principal enlarged))
          }))))
      (add-token-total token-principal amount)
      (unwrap!
        (contract-call? token-contract transfer amount provider current-contract none)
        (err err-insufficient-funds))
      (process-incentives provider "deposit" (match (token-value token-principal amount) value value code u0))
      (update-metrics (concat "collateral-deposits-" (get symbol token)) amount)
      (print {
        event: "collateral-deposited",
        provider: provider,
        token: token-principal,
        risk-tier: risk-tier,
        amount: amount
      })
      (ok true))))

;; Pays `amount` units of the caller's position out. 503 paused, or no fresh price while policies are open; 400
;; nothing; 404 an unknown token, or no such position; 429 the rate limit; 402 more than is free, or than
;; the open policies leave.
;; Open policies keep the whole ratio behind them, not only what was locked for them at their
;; start; that also thaws a position that a liquidation has frozen.
(define-public (withdraw-collateral
    (amount uint)
    (token-contract <ft-trait>)
    (risk-tier (string-ascii 20)))
  (begin
    (try! (ensure-not-paused "withdraw"))
    (asserts! (> amount u0) (err err-invalid-input))
    (let (
        (provider contract-caller)
        (token-principal (contract-of token-contract))
        (token (unwrap! (get-collateral-token token-principal) (err err-not-found)))
        (position (unwrap!
          (map-get? positions {
            provider: provider,
            token-contract: token-principal,
            risk-tier: risk-tier
          })
          (err err-not-found)))
        (obligation (get obligation position))
      )
      (try! (limit-exit "collateral"))
      (asserts!
        (<= amount (less-or-zero (get amount position) (get locked position)))
        (err err-insufficient-funds))
      (let ((remaining (- (get amount position) amount)))
        ;; What leaves at an old price may be what a fallen one needs.
        (asserts!
          (or
            (is-eq obligation u0)
            (is-covered
              (value-at
                (try! (contract-call? .oracle get-fresh-price (get symbol token)))
                (get decimals token)
                remaining)
              obligation
              (get collateralization-ratio token)))
          (err err-insufficient-funds))
        (try! (save-position provider token-principal risk-tier
          (merge position { amount: remaining, frozen: false })))
        (remove-token-total token-principal amount)
        (try! (pay-tokens token-contract amount provider))
        (update-metrics (concat "collateral-withdrawals-" (get symbol token)) amount)
        (print {
          event: "collateral-withdrawn",
          provider: provider,
          token: token-principal,
          risk-tier: risk-tier,
          amount: amount
        })
        (ok true)))))

;; Pays the caller's premiums, and what came back from liquidations, and returns the uSTX. 503 paused; 402
;; nothing.
(define-public (claim-premiums)
  (begin
    (try! (ensure-not-paused "withdraw"))
    (let (
        (provider contract-caller)
        (amount (get-premium-balance provider))
      )
      (asserts! (> amount u0) (err err-insufficient-funds))
      (map-delete premium-balances { provider: provider })
      (try! (pay amount provider))
      (print { event: "premiums-claimed", provider: provider, amount: amount })
      (ok amount))))

;; Frees the collateral of a policy that can no longer be settled; anybody may ask for it. 503 paused, or a
;; price without which it could not have been settled; 404 no such lock; 400 before the deadline.
(define-public (release-expired (policy-id uint))
  (begin
    (try! (ensure-not-paused "settle"))
    (let ((lock (unwrap! (get-policy-lock policy-id) (err err-not-found))))
      (try! (token-value (get token-contract lock) u0))
      (try! (contract-call? .policy-registry expire-policy policy-id))
      (try! (unlock policy-id lock u0 u0))
      (print { event: "collateral-released", policy-id: policy-id })
      (ok true))))

;; Pays a claim that its token refused when the policy was settled, and returns the amount; anybody may ask
;; for it. 503 paused; 404 no such claim; 403 another token; 400 in the block of the settlement; 402 it
;; still refuses.
(define-public (collect-claim (policy-id uint) (registry principal) (token-contract <ft-trait>))
  (begin
    (try! (ensure-not-paused "settle"))
    (let (
        (claim (unwrap! (get-unpaid-claim policy-id registry) (err err-not-found)))
        (amount (get amount claim))
        (token-principal (contract-of token-contract))
      )
      (asserts! (is-eq token-principal (get token-contract claim)) (err err-unauthorized))
      (asserts! (> burn-block-height (get kept-at claim)) (err err-invalid-input))
      (map-delete unpaid-claims { policy-id: policy-id, registry: registry })
      (remove-token-total token-principal amount)
      (try! (pay-tokens token-contract amount (get recipient claim)))
      (print {
        event: "claim-collected",
        policy-id: policy-id,
        token: token-principal,
        recipient: (get recipient claim),
        amount: amount
      })
      (ok amount))))

;; Has a provider's first position under water liquidated in part, at the expense of the signer, and returns
;; the liquidation's id. 503 paused; 400 nothing is under water; 403 not the engine; otherwise what the
;; engine answers.
(define-public (check-position (engine <liquidation-engine-trait>) (provider principal))
  (begin
    (try! (ensure-not-paused "liquidate"))
    (asserts! (is-some (get-underwater-position provider)) (err err-invalid-input))
    (handle-underwater-position engine provider)))

;; --- public: protocol contracts ----------------------------------------------------------------

;; Locks collateral for an obligation (micro-USD) of a policy and books its net premium (uSTX). For the
;; registry (403). 503 paused, or a price that is not fresh; 404 an unknown token or tier; 400 an
;; inactive token, or a policy that is backed already; 402 too little collateral or capacity.
(define-public (lock-collateral
    (policy-id uint)
    (provider principal)
    (token principal)
    (risk-tier (string-ascii 20))
    (obligation uint)
    (premium uint))
  (begin
    (try! (ensure-not-paused "purchase"))
    (asserts! (is-caller-named "policy-registry") (err err-unauthorized))
    (lock-internal policy-id contract-caller provider token risk-tier obligation premium)))

;; Registers and backs an accepted offer, for which the signer pays, and returns the policy's id. For the
;; marketplace (403). 503 paused; otherwise what the registry and the lock answer; 402 too few STX.
(define-public (underwrite-p2p
    (owner principal)
    (provider principal)
    (token principal)
    (risk-tier (string-ascii 20))
    (protected-amount uint)
    (strike-price uint)
    (premium uint)
    (duration uint))
  (begin
    (try! (ensure-not-paused "p2p"))
    (asserts! (is-caller-named "p2p-marketplace") (err err-unauthorized))
    (let (
        (policy (try! (contract-call? .policy-registry register-p2p-policy
          owner provider token risk-tier protected-amount strike-price premium duration)))
        (policy-id (get policy-id policy))
        (net-premium (- premium (get fee policy)))
      )
      (and
        (> net-premium u0)
        (unwrap!
          (stx-transfer? net-premium tx-sender current-contract)
          (err err-insufficient-funds)))
      (try! (lock-internal
        policy-id .policy-registry provider token risk-tier (get obligation policy) net-premium))
      (ok policy-id))))

;; Pays a claim (micro-USD) as far as the policy's own lock and the free part of the position reach, so that
;; the locks of other policies stay whole, and then from what a liquidation has put aside for it. Returns
;; the value that is missing. For the registry that sold the policy (403). 503 paused, or no price; 404
;; no such lock; 400 another token.
(define-public (settle-claim
    (policy-id uint)
    (recipient principal)
    (payout uint)
    (token-contract <ft-trait>))
  (begin
    (try! (ensure-not-paused "settle"))
    (asserts! (is-registry) (err err-unauthorized))
    (let (
        (token-principal (contract-of token-contract))
        (lock (unwrap! (get-policy-lock policy-id) (err err-not-found)))
        (provider (get provider lock))
        (risk-tier (get risk-tier lock))
        (position (get-position provider token-principal risk-tier))
      )
      (asserts! (is-eq contract-caller (get registry lock)) (err err-unauthorized))
      (asserts! (is-eq token-principal (get token-contract lock)) (err err-invalid-input))
      (let (
          (wanted (try! (tokens-for-value token-principal payout)))
          (unlocked (less-or-zero (get amount position) (get locked position)))
          (available (smaller-of (get amount position) (+ (get amount lock) unlocked)))
          (paid (smaller-of wanted available))
          (paid-value (try! (token-value token-principal paid)))
          (unpaid (less-or-zero payout paid-value))
          (missing (if (>= unpaid least-shortfall) unpaid u0))
          (put-aside (get-escrow-part (get obligation lock) provider token-principal risk-tier))
          (from-escrow (if (and (> missing u0) (> put-aside u0))
            (try! (cover-from-escrow missing put-aside))
            { amount: u0, value: u0 }))
          (paid-stx (get amount from-escrow))
        )
        (try! (unlock policy-id lock paid paid-stx))
        (and (> paid-stx u0) (try! (pay paid-stx recipient)))
        (if (> paid u0)
          (pay-or-keep policy-id token-contract paid paid-value recipient)
          true)
        (print {
          event: "claim-settled",
          policy-id: policy-id,
          recipient: recipient,
          paid: paid,
          paid-stx: paid-stx
        })
        (ok (- missing (get value from-escrow)))))))

;; Makes a claim that its token has refused for a week somebody else's, and returns its value in micro-USD. For
;; the registry that sold the policy, which finds no other claim. 503 paused; 404 no such claim; 400 too
;; early, or assigned already.
(define-public (assign-claim (policy-id uint) (recipient principal))
  (begin
    (try! (ensure-not-paused "settle"))
    (asserts! (is-registry) (err err-unauthorized))
    (let (
        (key { policy-id: policy-id, registry: contract-caller })
        (claim (unwrap! (map-get? unpaid-claims key) (err err-not-found)))
      )
      (asserts! (not (get assigned claim)) (err err-invalid-input))
      (asserts! (> burn-block-height (+ (get kept-at claim) claim-wait)) (err err-invalid-input))
      (map-set unpaid-claims key (merge claim { recipient: recipient, assigned: true }))
      (print { event: "claim-assigned", policy-id: policy-id, recipient: recipient })
      (ok (get value claim)))))

;; Moves collateral to the liquidator's position of the same token and tier, and puts what was paid for it
;; (uSTX) aside for the policies that it backed; `discharged` is its value in micro-USD. Returns what is left
;; of the position. For the engine (403). 503 paused; 400 nothing, the provider as liquidator, or not under
;; water; 404 no such position; 402 more than there is.
;; No token moves, so the engine needs no token contract and a broken token cannot stop a liquidation.
(define-public (seize-collateral
    (provider principal)
    (token principal)
    (risk-tier (string-ascii 20))
    (amount uint)
    (discharged uint)
    (payment uint)
    (liquidator principal))
  (begin
    (try! (ensure-not-paused "liquidate"))
    (asserts! (is-engine contract-caller) (err err-unauthorized))
    (asserts! (> amount u0) (err err-invalid-input))
    (asserts! (not (is-eq liquidator provider)) (err err-invalid-input))
    (let (
        (position (unwrap!
          (map-get? positions {
            provider: provider,
            token-contract: token,
            risk-tier: risk-tier
          })
          (err err-not-found)))
        (target (get-position liquidator token risk-tier))
        (remaining (less-or-zero (get amount position) amount))
        (taken-over (smaller-of discharged (get obligation position)))
      )
      (asserts! (is-underwater provider token risk-tier) (err err-invalid-input))
      (asserts! (<= amount (get amount position)) (err err-insufficient-funds))
      (unwrap! (stx-transfer? payment tx-sender current-contract) (err err-insufficient-funds))
      (try! (save-position provider token risk-tier (merge position {
        amount: remaining,
        locked: (smaller-of (get locked position) remaining),
        obligation: (- (get obligation position) taken-over),
        frozen: true,
        escrow: (+ (get escrow position) payment),
        discharged: (+ (get discharged position) taken-over)
      })))
      (try! (save-position liquidator token risk-tier
        (merge target { amount: (+ (get amount target) amount) })))
      (print {
        event: "collateral-seized",
        provider: provider,
        token: token,
        risk-tier: risk-tier,
        amount: amount,
        liquidator: liquidator
      })
      (ok remaining))))

;; --- initial tiers -----------------------------------------------------------------------------

(map-set tier-isolation-settings { tier-name: "conservative" } {
  max-capacity: u1000000000000,
  current-utilization: u0,
  isolated: false,
  overflow-behavior: overflow-reject
})
(map-set tier-isolation-settings { tier-name: "balanced" } {
  max-capacity: u1000000000000,
  current-utilization: u0,
  isolated: false,
  overflow-behavior: overflow-reject
})
(map-set tier-isolation-settings { tier-name: "aggressive" } {
  max-capacity: u1000000000000,
  current-utilization: u0,
  isolated: false,
  overflow-behavior: overflow-reject
})
(map-set tier-order { tier-name: "conservative" } { next-tier: (some "balanced") })
(map-set tier-order { tier-name: "balanced" } { next-tier: (some "aggressive") })
(map-set tier-order { tier-name: "aggressive" } { next-tier: none })
