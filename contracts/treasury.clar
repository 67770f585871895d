;; treasury
;;
;; Splits the protocol's fees by percentage among recipients, who collect their shares; what no share
;; takes is the reserve. The insurance fund is fed by a share whose recipient is its address.

(impl-trait .protocol-traits.treasury-trait)

;; --- errors ------------------------------------------------------------------------------------

(define-constant err-invalid-input u400)
(define-constant err-insufficient-funds u402)
(define-constant err-unauthorized u403)
(define-constant err-not-found u404)

;; --- constants ---------------------------------------------------------------------------------

(define-constant scale u1000000)

;; --- variables ---------------------------------------------------------------------------------

(define-data-var allocation-ids (list 10 (string-ascii 50)) (list))
(define-data-var reserve uint u0)
(define-data-var total-fees uint u0)

;; --- maps --------------------------------------------------------------------------------------

(define-map fee-allocations
  { allocation-id: (string-ascii 50) }
  {
    percentage: uint,
    recipient: principal,
    description: (string-ascii 100),
    active: bool
  }
)

(define-map allocation-balances
  { allocation-id: (string-ascii 50) }
  { balance: uint }
)

;; --- private -----------------------------------------------------------------------------------

(define-private (ensure-not-paused (action-type (string-ascii 20)))
  (contract-call? .parameter-contract check-circuit-breaker (concat "action-" action-type)))

(define-private (is-admin)
  (contract-call? .upgrade-manager is-contract-admin contract-caller))

(define-private (is-caller-named (name (string-ascii 50)))
  (contract-call? .upgrade-manager is-contract-named name contract-caller))

;; The percentage that an allocation takes from fees now: none while it is inactive or unknown.
(define-private (get-active-percentage (allocation-id (string-ascii 50)))
  (match (get-allocation allocation-id)
    allocation (if (get active allocation) (get percentage allocation) u0)
    u0))

(define-private (add-percentage (allocation-id (string-ascii 50)) (total uint))
  (+ total (get-active-percentage allocation-id)))

(define-private (add-balance (allocation-id (string-ascii 50)) (total uint))
  (+ total (get-allocation-balance allocation-id)))

(define-private (credit-share (allocation-id (string-ascii 50)) (split { amount: uint, credited: uint }))
  (let ((share (/ (* (get amount split) (get-active-percentage allocation-id)) scale)))
    (map-set allocation-balances
      { allocation-id: allocation-id }
      { balance: (+ (get-allocation-balance allocation-id) share) })
    (merge split { credited: (+ (get credited split) share) })))

;; Fold step that copies every id but `removed`.
(define-private (keep-other-id
    (allocation-id (string-ascii 50))
    (state { removed: (string-ascii 50), kept: (list 10 (string-ascii 50)) }))
  (if (is-eq allocation-id (get removed state))
    state
    (merge state {
      kept: (default-to (get kept state) (as-max-len? (append (get kept state) allocation-id) u10))
    })))

;; Pays `amount` uSTX of this contract, and nothing else.
(define-private (pay (amount uint) (recipient principal))
  (ok (unwrap!
    (as-contract? ((with-stx amount))
      (unwrap! (stx-transfer? amount tx-sender recipient) (err err-insufficient-funds)))
    (err err-unauthorized))))

;; --- read-only ---------------------------------------------------------------------------------

(define-read-only (get-allocation (allocation-id (string-ascii 50)))
  (map-get? fee-allocations { allocation-id: allocation-id }))

(define-read-only (get-allocation-balance (allocation-id (string-ascii 50)))
  (default-to u0 (get balance (map-get? allocation-balances { allocation-id: allocation-id }))))

(define-read-only (get-reserve)
  (var-get reserve))

(define-read-only (get-total-fees)
  (var-get total-fees))

(define-read-only (get-total-percentage)
  (fold add-percentage (var-get allocation-ids) u0))

;; --- public: administration --------------------------------------------------------------------

;; Creates or replaces an allocation, which takes `percentage` (a ratio) of all fees while it is active.
;; What it has collected stays, and goes to the new recipient. For the admin (403). 400 an empty id,
;; shares of more than all, or more than ten allocations.
(define-public (set-allocation
    (allocation-id (string-ascii 50))
    (percentage uint)
    (recipient principal)
    (description (string-ascii 100))
    (active bool))
  (begin
    (try! (ensure-not-paused "treasury"))
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (> (len allocation-id) u0) (err err-invalid-input))
    (asserts! (<= percentage scale) (err err-invalid-input))
    (let (
        (other-percentages (- (get-total-percentage) (get-active-percentage allocation-id)))
        (ids (var-get allocation-ids))
      )
      (asserts!
        (<= (+ other-percentages (if active percentage u0)) scale)
        (err err-invalid-input))
      (and
        (is-none (get-allocation allocation-id))
        (var-set allocation-ids
          (unwrap! (as-max-len? (append ids allocation-id) u10) (err err-invalid-input))))
      (map-set fee-allocations
        { allocation-id: allocation-id }
        {
          percentage: percentage,
          recipient: recipient,
          description: description,
          active: active
        })
      (print {
        event: "allocation-set",
        allocation-id: allocation-id,
        percentage: percentage,
        recipient: recipient,
        active: active
      })
      (ok true))))

;; Makes room for another allocation. What it has collected goes to the reserve, and is returned. For
;; the admin (403). 404 no such allocation.
(define-public (remove-allocation (allocation-id (string-ascii 50)))
  (begin
    (try! (ensure-not-paused "treasury"))
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (is-some (get-allocation allocation-id)) (err err-not-found))
    (let ((balance (get-allocation-balance allocation-id)))
      (map-delete fee-allocations { allocation-id: allocation-id })
      (map-delete allocation-balances { allocation-id: allocation-id })
      (var-set allocation-ids
        (get kept (fold keep-other-id (var-get allocation-ids) { removed: allocation-id, kept: (list) })))
      (var-set reserve (+ (var-get reserve) balance))
      (print {
        event: "allocation-removed",
        allocation-id: allocation-id,
        to-reserve: balance
      })
      (ok balance))))

;; Pays `amount` uSTX of the reserve out. For the admin (403). 400 nothing; 402 more than the reserve.
(define-public (withdraw-reserve (amount uint) (recipient principal))
  (begin
    (try! (ensure-not-paused "treasury"))
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (> amount u0) (err err-invalid-input))
    (asserts! (<= amount (var-get reserve)) (err err-insufficient-funds))
    (var-set reserve (- (var-get reserve) amount))
    (try! (pay amount recipient))
    (print { event: "reserve-withdrawn", amount: amount, recipient: recipient })
    (ok true)))

;; Books as reserve what came by a plain transfer, such as the rest of a reward program, and returns it in
;; uSTX. Anybody may ask for it. 503 paused.
(define-public (sync-reserve)
  (begin
    (try! (ensure-not-paused "treasury"))
    (let ((amount (-
        (stx-get-balance current-contract)
        (fold add-balance (var-get allocation-ids) (var-get reserve)))))
      (var-set reserve (+ (var-get reserve) amount))
      (print { event: "reserve-synced", amount: amount })
      (ok amount))))

;; --- public: fees ------------------------------------------------------------------------------

;; Takes `amount` uSTX from the signer and shares them out. For the registry (403). 400 nothing;
;; 402 the signer has too little.
(define-public (process-fee (amount uint))
  (begin
    (try! (ensure-not-paused "treasury"))
    (asserts! (is-caller-named "policy-registry") (err err-unauthorized))
    (asserts! (> amount u0) (err err-invalid-input))
    (unwrap! (stx-transfer? amount tx-sender current-contract) (err err-insufficient-funds))
    (let (
        (split (fold credit-share (var-get allocation-ids) { amount: amount, credited: u0 }))
        (to-reserve (- amount (get credited split)))
      )
      (var-set reserve (+ (var-get reserve) to-reserve))
      (var-set total-fees (+ (var-get total-fees) amount))
      (print { event: "fee-processed", amount: amount, to-reserve: to-reserve })
      (ok true))))

;; Pays out what an allocation has collected, and returns it in uSTX. Anybody may trigger the payment: it
;; goes where the allocation says. 404 no such allocation; 402 nothing collected.
(define-public (distribute (allocation-id (string-ascii 50)))
  (begin
    (try! (ensure-not-paused "treasury"))
    (let (
        (recipient (get recipient (unwrap! (get-allocation allocation-id) (err err-not-found))))
        (amount (get-allocation-balance allocation-id))
      )
      (asserts! (> amount u0) (err err-insufficient-funds))
      (map-set allocation-balances { allocation-id: allocation-id } { balance: u0 })
      (try! (pay amount recipient))
      (print {
        event: "allocation-distributed",
        allocation-id: allocation-id,
        amount: amount,
        recipient: recipient
      })
      (ok amount))))
