;; insurance-fund
;;
;; STX that cover what the collateral of a policy does not. The fund is fed by gifts, by its share of
;; the fees and by forfeited bonds; the last two arrive as plain transfers. It pays the registry that
;; sold a policy, and nothing during an emergency.

(impl-trait .protocol-traits.insurance-fund-trait)

;; --- errors ------------------------------------------------------------------------------------

(define-constant err-invalid-input u400)
(define-constant err-insufficient-funds u402)
(define-constant err-unauthorized u403)
(define-constant err-contract-paused u503)

;; --- variables ---------------------------------------------------------------------------------

;; The balance after the last own operation; `get-fund-size` reports the actual one.
(define-data-var fund-size uint u0)
(define-data-var total-payouts uint u0)
;; Restricts withdrawals only: coverage may use the whole fund.
(define-data-var min-fund-size uint u0)

;; --- maps --------------------------------------------------------------------------------------

(define-map contributions
  { contributor: principal }
  { amount: uint }
)

(define-map policy-coverage
  { policy-id: uint }
  { amount: uint }
)

;; --- private -----------------------------------------------------------------------------------

(define-private (ensure-not-paused (action-type (string-ascii 20)))
  (contract-call? .parameter-contract check-circuit-breaker (concat "action-" action-type)))

(define-private (is-admin)
  (contract-call? .upgrade-manager is-contract-admin contract-caller))

(define-private (is-caller-named (name (string-ascii 50)))
  (contract-call? .upgrade-manager is-contract-named name contract-caller))

;; Nothing leaves the fund while guardians look at what is wrong; policies have their time afterwards.
(define-private (check-emergency-status)
  (if (contract-call? .emergency-response is-emergency-active) (err err-contract-paused) (ok true)))

;; The registry, and one that was replaced: its policies are still covered.
(define-private (is-registry)
  (or
    (is-caller-named "policy-registry")
    (contract-call? .upgrade-manager is-retired-contract "policy-registry" contract-caller)))

(define-private (update-metrics (metric-id (string-ascii 50)) (value uint))
  (match (contract-call? .analytics record-metric metric-id value) done true code false))

;; Pays `amount` uSTX of this contract, and nothing else.
(define-private (pay (amount uint) (recipient principal))
  (ok (unwrap!
    (as-contract? ((with-stx amount))
      (unwrap! (stx-transfer? amount tx-sender recipient) (err err-insufficient-funds)))
    (err err-unauthorized))))

(define-private (get-balance)
  (stx-get-balance current-contract))

(define-private (sync)
  (var-set fund-size (get-balance)))

;; --- read-only ---------------------------------------------------------------------------------

(define-read-only (get-fund-size)
  (ok (get-balance)))

(define-read-only (get-recorded-fund-size)
  (var-get fund-size))

(define-read-only (get-total-payouts)
  (var-get total-payouts))

(define-read-only (get-min-fund-size)
  (var-get min-fund-size))

(define-read-only (get-contribution (who principal))
  (default-to u0 (get amount (map-get? contributions { contributor: who }))))

(define-read-only (get-policy-coverage (policy-id uint))
  (default-to u0 (get amount (map-get? policy-coverage { policy-id: policy-id }))))

(define-read-only (is-fund-healthy)
  (>= (get-balance) (var-get min-fund-size)))

;; --- public ------------------------------------------------------------------------------------

;; Takes `amount` uSTX from the signer, who is recorded. 503 paused; 400 nothing; 402 too few STX.
;; A contribution is a gift to the protocol; it is recorded, and cannot be taken back.
(define-public (contribute-to-fund (amount uint))
  (begin
    (try! (ensure-not-paused "insurance"))
    (asserts! (> amount u0) (err err-invalid-input))
    (unwrap! (stx-transfer? amount tx-sender current-contract) (err err-insufficient-funds))
    (map-set contributions
      { contributor: tx-sender }
      { amount: (+ (get-contribution tx-sender) amount) })
    (sync)
    (print { event: "fund-contribution", contributor: tx-sender, amount: amount })
    (ok true)))

;; Records the fund's balance, and returns it in uSTX. 503 paused.
(define-public (sync-fund)
  (begin
    (try! (ensure-not-paused "insurance"))
    (sync)
    (print { event: "fund-synced", size: (var-get fund-size) })
    (ok (var-get fund-size))))

;; Pays `amount` uSTX for a policy. For the registry, also a retired one (403). 503 paused, or an
;; emergency; 400 nothing; 402 more than the fund has.
;; Pays the caller, which knows the beneficiary and forwards the amount.
(define-public (cover-shortfall (policy-id uint) (amount uint))
  (let ((recipient contract-caller))
    (try! (ensure-not-paused "insurance"))
    (try! (check-emergency-status))
    (asserts! (is-registry) (err err-unauthorized))
    (asserts! (> amount u0) (err err-invalid-input))
    (asserts! (<= amount (get-balance)) (err err-insufficient-funds))
    (map-set policy-coverage
      { policy-id: policy-id }
      { amount: (+ (get-policy-coverage policy-id) amount) })
    (var-set total-payouts (+ (var-get total-payouts) amount))
    (try! (pay amount recipient))
    (sync)
    (update-metrics "insurance-payouts" amount)
    (print {
      event: "shortfall-covered",
      policy-id: policy-id,
      amount: amount,
      healthy: (is-fund-healthy)
    })
    (ok true)))

;; The uSTX that no surplus is withdrawn below. For the admin (403). 503 paused.
(define-public (set-min-fund-size (amount uint))
  (begin
    (try! (ensure-not-paused "insurance"))
    (asserts! (is-admin) (err err-unauthorized))
    (var-set min-fund-size amount)
    (print { event: "min-fund-size-set", amount: amount })
    (ok true)))

;; Pays `amount` uSTX of what is above the minimum. For the admin (403). 503 paused, or an emergency;
;; 400 nothing; 402 more than the surplus.
(define-public (withdraw-surplus (amount uint) (recipient principal))
  (begin
    (try! (ensure-not-paused "insurance"))
    (try! (check-emergency-status))
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (> amount u0) (err err-invalid-input))
    ;; Compared as a difference: a sum with any amount could overflow.
    (asserts!
      (and (<= amount (get-balance)) (>= (- (get-balance) amount) (var-get min-fund-size)))
      (err err-insufficient-funds))
    (try! (pay amount recipient))
    (sync)
    (print { event: "surplus-withdrawn", amount: amount, recipient: recipient })
    (ok true)))
