;; liquidity-pool
;;
;; Holds the collateral of the providers, by token and by risk tier, locks it for policies, pays
;; claims out of it, and keeps the premiums until their provider fetches them. Peer-to-peer policies
;; are backed here, too; the marketplace only arranges them.
;;
;; A pool that has been replaced goes on serving the policies and positions it holds, and takes
;; nothing new.

(impl-trait .protocol-traits.liquidity-pool-trait)

(use-trait ft-trait .sip-010-trait.sip-010-trait)
(use-trait liquidation-engine-trait .protocol-traits.liquidation-engine-trait)

;; --- errors ------------------------------------------------------------------------------------

(define-constant err-invalid-input u400)
(define-constant err-insufficient-funds u402)
(define-constant err-unauthorized u403)
(define-constant err-not-found u404)
(define-constant err-rate-limited u429)
(define-constant err-contract-paused u503)

;; --- constants ---------------------------------------------------------------------------------

(define-constant scale u1000000)

;; A position worth less than a dollar is not liquidated. Positions are looked at in the order of
;; their provider's list, so one that is too small to sell would shield all that come after it.
(define-constant min-liquidation-value u1000000)

(define-constant empty-position {
  amount: u0,
  locked: u0,
  obligation: u0,
  open-policies: u0,
  frozen: false
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

(define-map tier-order
  { tier-name: (string-ascii 20) }
  { next-tier: (optional (string-ascii 20)) }
)

;; `frozen` marks a liquidated position that still backs policies: nothing leaves it and no new
;; policy is locked against it until the last of them is closed.
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
    frozen: bool
  }
)

(define-map provider-positions
  { provider: principal }
  { keys: (list 10 {
    token-contract: principal,
    risk-tier: (string-ascii 20)
  }) }
)

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
    overflow-amount: uint
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

(define-private (ensure-not-flash-loan (action-type (string-ascii 20)))
  (contract-call? .parameter-contract check-rate-limit action-type tx-sender))

(define-private (check-emergency-status)
  (if (contract-call? .emergency-response is-emergency-active)
    (err err-contract-paused)
    (ok true)))

(define-private (is-admin)
  (contract-call? .upgrade-manager is-contract-admin contract-caller))

(define-private (is-caller-named (name (string-ascii 50)))
  (contract-call? .upgrade-manager is-contract-named name contract-caller))

(define-private (get-contract-address (name (string-ascii 50)))
  (contract-call? .upgrade-manager resolve-contract-address name))

;; Metrics and incentives are best effort: a paused or failing satellite never stops a core action.
(define-private (update-metrics (metric-id (string-ascii 50)) (value uint))
  (match (contract-call? .analytics record-metric metric-id value) done true code false))

(define-private (process-incentives (user principal) (action-type (string-ascii 20)))
  (match (contract-call? .incentives record-activity user action-type) done true code false))

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
          (overflow-amount (if (is-eq behavior "proportional") (- amount room) amount))
        )
        (asserts! (not (is-eq behavior "reject")) (err err-insufficient-funds))
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
      frozen: bool
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

;; One unit more than the exact collateral is locked, because the conversion rounds down.
(define-private (lock-internal
    (policy-id uint)
    (provider principal)
    (token-contract principal)
    (risk-tier (string-ascii 20))
    (obligation uint)
    (premium uint))
  (let (
      (token (unwrap! (get-collateral-token token-contract) (err err-not-found)))
      (required (+
        (try! (tokens-for-value token-contract
          (/ (* obligation (get collateralization-ratio token)) scale)))
        u1))
      (allocation (try! (allocate-to-tier risk-tier obligation)))
      (position (get-position provider token-contract risk-tier))
    )
    (asserts! (get active token) (err err-invalid-input))
    (asserts! (not (get frozen position)) (err err-invalid-input))
    (asserts!
      (<= required (less-or-zero (get amount position) (get locked position)))
      (err err-insufficient-funds))
    (asserts! (is-none (get-policy-lock policy-id)) (err err-invalid-input))
    (map-set policy-locks { policy-id: policy-id } {
      provider: provider,
      token-contract: token-contract,
      risk-tier: risk-tier,
      amount: required,
      obligation: obligation,
      overflow-tier: (get overflow-tier allocation),
      overflow-amount: (get overflow-amount allocation)
    })
    (try! (save-position provider token-contract risk-tier (merge position {
      locked: (+ (get locked position) required),
      obligation: (+ (get obligation position) obligation),
      open-policies: (+ (get open-policies position) u1)
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

;; Ends a lock after `paid` tokens have left the position. A liquidation may have taken a part of
;; the lock and of the obligation before, hence the bounds at zero; with the last policy closed
;; nothing can be owed any more.
(define-private (unlock
    (policy-id uint)
    (lock {
      provider: principal,
      token-contract: principal,
      risk-tier: (string-ascii 20),
      amount: uint,
      obligation: uint,
      overflow-tier: (optional (string-ascii 20)),
      overflow-amount: uint
    })
    (paid uint))
  (let (
      (provider (get provider lock))
      (token-contract (get token-contract lock))
      (risk-tier (get risk-tier lock))
      (overflow-amount (get overflow-amount lock))
      (position (get-position provider token-contract risk-tier))
      (open-policies (less-or-zero (get open-policies position) u1))
      (still-open (> open-policies u0))
    )
    (map-delete policy-locks { policy-id: policy-id })
    (remove-utilization risk-tier (- (get obligation lock) overflow-amount))
    (match (get overflow-tier lock)
      overflow-tier (remove-utilization overflow-tier overflow-amount)
      true)
    (save-position provider token-contract risk-tier {
      amount: (- (get amount position) paid),
      locked: (if still-open (less-or-zero (get locked position) (get amount lock)) u0),
      obligation: (if still-open
        (less-or-zero (get obligation position) (get obligation lock))
        u0),
      open-policies: open-policies,
      frozen: (and still-open (get frozen position))
    })))

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
    (asserts!
      (is-eq (contract-of engine) (try! (get-contract-address "liquidation-engine")))
      (err err-unauthorized))
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

(define-read-only (token-value (token-contract principal) (amount uint))
  (let (
      (token (unwrap! (get-collateral-token token-contract) (err err-not-found)))
      (price (try! (contract-call? .oracle get-price (get symbol token))))
    )
    (ok (/ (* amount price) (pow u10 (get decimals token))))))

(define-read-only (tokens-for-value (token-contract principal) (value uint))
  (let (
      (token (unwrap! (get-collateral-token token-contract) (err err-not-found)))
      (price (try! (contract-call? .oracle get-price (get symbol token))))
    )
    (ok (/ (* value (pow u10 (get decimals token))) price))))

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
    (asserts! (> collateralization-ratio scale) (err err-invalid-input))
    (asserts!
      (is-eq price-feed (try! (get-contract-address "oracle")))
      (err err-invalid-input))
    (asserts! (is-none (get-collateral-token token-contract)) (err err-invalid-input))
    (map-set supported-collateral-tokens { token-contract: token-contract } {
      symbol: symbol,
      decimals: u0,
      collateralization-ratio: collateralization-ratio,
      liquidation-threshold: scale,
      price-feed: price-feed,
      active: false
    })
    (print { event: "collateral-token-added", token-contract: token-contract, symbol: symbol })
    (ok true)))

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
        (decimals (unwrap!
          (as-contract? ()
            (unwrap! (contract-call? token-contract get-decimals) (err err-invalid-input)))
          (err err-unauthorized)))
      )
      (asserts!
        (and
          (> liquidation-threshold scale)
          (< liquidation-threshold (get collateralization-ratio token)))
        (err err-invalid-input))
      (asserts! (<= decimals u18) (err err-invalid-input))
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

(define-public (deactivate-collateral-token (token-contract principal))
  (begin
    (try! (ensure-not-paused "deposit"))
    (asserts! (is-admin) (err err-unauthorized))
    (let ((token (unwrap! (get-collateral-token token-contract) (err err-not-found))))
      (map-set supported-collateral-tokens { token-contract: token-contract }
        (merge token { active: false }))
      (print { event: "collateral-token-deactivated", token-contract: token-contract })
      (ok true))))

(define-public (configure-tier
    (tier-name (string-ascii 20))
    (max-capacity uint)
    (isolated bool)
    (overflow-behavior (string-ascii 20)))
  (begin
    (try! (ensure-not-paused "deposit"))
    (asserts! (is-admin) (err err-unauthorized))
    (asserts!
      (or
        (is-eq overflow-behavior "reject")
        (is-eq overflow-behavior "next-tier")
        (is-eq overflow-behavior "proportional"))
      (err err-invalid-input))
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

(define-public (deposit-collateral
    (amount uint)
    (token-contract <ft-trait>)
    (risk-tier (string-ascii 20)))
  (begin
    (try! (ensure-not-paused "deposit"))
    (try! (check-emergency-status))
    (asserts! (> amount u0) (err err-invalid-input))
    (let (
        (provider tx-sender)
        (token-principal (contract-of token-contract))
        (token (unwrap! (get-collateral-token token-principal) (err err-not-found)))
        (position (get-position provider token-principal risk-tier))
      )
      (asserts! (is-some (get-tier risk-tier)) (err err-not-found))
      (asserts! (get active token) (err err-invalid-input))
      (try! (ensure-not-flash-loan "collateral"))
      (try! (save-position provider token-principal risk-tier
        (merge position { amount: (+ (get amount position) amount) })))
      (add-token-total token-principal amount)
      (unwrap!
        (contract-call? token-contract transfer amount provider current-contract none)
        (err err-insufficient-funds))
      (process-incentives provider "deposit")
      (update-metrics "collateral-deposits" amount)
      (print {
        event: "collateral-deposited",
        provider: provider,
        token: token-principal,
        risk-tier: risk-tier,
        amount: amount
      })
      (ok true))))

;; Open policies keep the whole ratio behind them, not only what was locked for them at their
;; start. A retired pool has no quota to consume, and must still give back what it holds.
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
      (asserts! (not (get frozen position)) (err err-invalid-input))
      (if (contract-call? .upgrade-manager is-protocol-contract current-contract)
        (try! (ensure-not-flash-loan "collateral"))
        true)
      (asserts!
        (<= amount (less-or-zero (get amount position) (get locked position)))
        (err err-insufficient-funds))
      (let ((remaining (- (get amount position) amount)))
        (asserts!
          (or
            (is-eq obligation u0)
            (>=
              (* (try! (token-value token-principal remaining)) scale)
              (* obligation (get collateralization-ratio token))))
          (err err-insufficient-funds))
        (try! (save-position provider token-principal risk-tier
          (merge position { amount: remaining })))
        (remove-token-total token-principal amount)
        (unwrap!
          (as-contract? ((with-ft token-principal "*" amount))
            (unwrap!
              (contract-call? token-contract transfer amount tx-sender provider none)
              (err err-insufficient-funds)))
          (err err-unauthorized))
        (update-metrics "collateral-withdrawals" amount)
        (print {
          event: "collateral-withdrawn",
          provider: provider,
          token: token-principal,
          risk-tier: risk-tier,
          amount: amount
        })
        (ok true)))))

(define-public (claim-premiums)
  (begin
    (try! (ensure-not-paused "withdraw"))
    (let (
        (provider contract-caller)
        (amount (get-premium-balance provider))
      )
      (asserts! (> amount u0) (err err-insufficient-funds))
      (map-delete premium-balances { provider: provider })
      (unwrap!
        (as-contract? ((with-stx amount))
          (unwrap! (stx-transfer? amount tx-sender provider) (err err-insufficient-funds)))
        (err err-unauthorized))
      (print { event: "premiums-claimed", provider: provider, amount: amount })
      (ok amount))))

(define-public (release-expired (policy-id uint))
  (begin
    (try! (ensure-not-paused "settle"))
    (let ((lock (unwrap! (get-policy-lock policy-id) (err err-not-found))))
      (try! (contract-call? .policy-registry expire-policy policy-id))
      (try! (unlock policy-id lock u0))
      (print { event: "collateral-released", policy-id: policy-id })
      (ok true))))

(define-public (check-position (engine <liquidation-engine-trait>) (provider principal))
  (begin
    (try! (ensure-not-paused "liquidate"))
    (asserts! (is-some (get-underwater-position provider)) (err err-invalid-input))
    (handle-underwater-position engine provider)))

;; --- public: protocol contracts ----------------------------------------------------------------

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
    (lock-internal policy-id provider token risk-tier obligation premium)))

(define-public (underwrite-p2p
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
          provider token risk-tier protected-amount strike-price premium duration)))
        (policy-id (get policy-id policy))
        (net-premium (- premium (get fee policy)))
      )
      (unwrap!
        (stx-transfer? net-premium tx-sender current-contract)
        (err err-insufficient-funds))
      (try! (lock-internal
        policy-id provider token risk-tier (get obligation policy) net-premium))
      (ok policy-id))))

;; Pays a claim as far as the policy's own lock and the free part of the position reach, so that
;; the locks of other policies stay whole. Returns the value that is missing.
(define-public (settle-claim
    (policy-id uint)
    (recipient principal)
    (payout uint)
    (token-contract <ft-trait>))
  (begin
    (try! (ensure-not-paused "settle"))
    (asserts! (is-caller-named "policy-registry") (err err-unauthorized))
    (let (
        (token-principal (contract-of token-contract))
        (lock (unwrap! (get-policy-lock policy-id) (err err-not-found)))
        (position (get-position (get provider lock) token-principal (get risk-tier lock)))
      )
      (asserts! (is-eq token-principal (get token-contract lock)) (err err-invalid-input))
      (let (
          (wanted (try! (tokens-for-value token-principal payout)))
          (unlocked (less-or-zero (get amount position) (get locked position)))
          (available (smaller-of (get amount position) (+ (get amount lock) unlocked)))
          (paid (smaller-of wanted available))
          (paid-value (try! (token-value token-principal paid)))
        )
        (try! (unlock policy-id lock paid))
        (remove-token-total token-principal paid)
        (if (> paid u0)
          (unwrap!
            (as-contract? ((with-ft token-principal "*" paid))
              (unwrap!
                (contract-call? token-contract transfer paid tx-sender recipient none)
                (err err-insufficient-funds)))
            (err err-unauthorized))
          true)
        (print { event: "claim-settled", policy-id: policy-id, recipient: recipient, paid: paid })
        (ok (if (is-eq paid wanted)
          u0
          (less-or-zero payout paid-value)))))))

;; Moves collateral to the liquidator's position of the same token and tier. No token moves, so
;; the engine needs no token contract and a broken token cannot stop a liquidation.
(define-public (seize-collateral
    (provider principal)
    (token principal)
    (risk-tier (string-ascii 20))
    (amount uint)
    (discharged uint)
    (liquidator principal))
  (begin
    (try! (ensure-not-paused "liquidate"))
    (asserts! (is-caller-named "liquidation-engine") (err err-unauthorized))
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
      )
      (asserts! (is-underwater provider token risk-tier) (err err-invalid-input))
      (asserts! (<= amount (get amount position)) (err err-insufficient-funds))
      (try! (save-position provider token risk-tier (merge position {
        amount: remaining,
        locked: (smaller-of (get locked position) remaining),
        obligation: (less-or-zero (get obligation position) discharged),
        frozen: true
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
  overflow-behavior: "reject"
})
(map-set tier-isolation-settings { tier-name: "balanced" } {
  max-capacity: u1000000000000,
  current-utilization: u0,
  isolated: false,
  overflow-behavior: "reject"
})
(map-set tier-isolation-settings { tier-name: "aggressive" } {
  max-capacity: u1000000000000,
  current-utilization: u0,
  isolated: false,
  overflow-behavior: "reject"
})
(map-set tier-order { tier-name: "conservative" } { next-tier: (some "balanced") })
(map-set tier-order { tier-name: "balanced" } { next-tier: (some "aggressive") })
(map-set tier-order { tier-name: "aggressive" } { next-tier: none })
