;; incentives
;;
;; Reward programs. The core reports what users do and what it is worth; points are counted while a
;; program runs, and its rewards are shared out in proportion to them afterwards.

(impl-trait .protocol-traits.incentives-trait)

;; --- errors ------------------------------------------------------------------------------------

(define-constant err-invalid-input u400)
(define-constant err-insufficient-funds u402)
(define-constant err-unauthorized u403)
(define-constant err-not-found u404)
(define-constant err-contract-paused u503)

;; --- constants ---------------------------------------------------------------------------------

;; How long rewards can be claimed before the remainder goes to the treasury: about a month.
(define-constant claim-window u4320)
(define-constant default-weight u1)
;; Points of these sizes cannot overflow: an abort here would undo the action that is rewarded.
(define-constant max-weight u1000000)
(define-constant max-value u1000000000000000000)
;; An action of this value earns its weight in points: a dollar, or one STX.
(define-constant value-unit u1000000)
;; About a year: a program that is too long can neither be replaced nor closed.
(define-constant longest-program u52560)

;; --- variables ---------------------------------------------------------------------------------

(define-data-var current-program (optional (string-ascii 50)) none)

;; --- maps --------------------------------------------------------------------------------------

;; Rewards are STX, which have no contract: `reward-token` is this contract's own principal, which
;; marks STX that are escrowed here.
(define-map incentive-programs
  { program-id: (string-ascii 50) }
  {
    name: (string-ascii 100),
    start-height: uint,
    end-height: uint,
    reward-token: principal,
    total-rewards: uint,
    active: bool
  }
)

(define-map program-accounting
  { program-id: (string-ascii 50) }
  { total-points: uint, remaining: uint }
)

(define-map user-points
  { program-id: (string-ascii 50), user: principal }
  { points: uint }
)

(define-map action-weights
  { action-type: (string-ascii 20) }
  { weight: uint }
)

;; --- private -----------------------------------------------------------------------------------

(define-private (ensure-not-paused (action-type (string-ascii 20)))
  (contract-call? .parameter-contract check-circuit-breaker (concat "action-" action-type)))

(define-private (check-emergency-status)
  (if (contract-call? .emergency-response is-emergency-active) (err err-contract-paused) (ok true)))

(define-private (is-admin)
  (contract-call? .upgrade-manager is-contract-admin contract-caller))

(define-private (is-caller-named (name (string-ascii 50)))
  (contract-call? .upgrade-manager is-contract-named name contract-caller))

;; Where the actions are that are rewarded: any other contract could only make points up.
(define-private (is-rewarded-contract)
  (or (is-caller-named "policy-registry") (is-caller-named "liquidity-pool")))

(define-private (get-contract-address (name (string-ascii 50)))
  (contract-call? .upgrade-manager resolve-contract-address name))

(define-private (is-running (program-id (string-ascii 50)))
  (match (get-program program-id)
    program (and (get active program) (<= burn-block-height (get end-height program)))
    false))

;; The program that activity counts for now.
(define-private (get-running-program)
  (match (var-get current-program)
    program-id (if (is-running program-id) (some program-id) none)
    none))

(define-private (get-weight (action-type (string-ascii 20)))
  (default-to default-weight (get weight (map-get? action-weights { action-type: action-type }))))

(define-private (get-accounting (program-id (string-ascii 50)))
  (default-to { total-points: u0, remaining: u0 } (get-program-accounting program-id)))

;; The points of an action: nothing for dust.
(define-private (get-earned (action-type (string-ascii 20)) (value uint))
  (/ (* (get-weight action-type) (if (> value max-value) max-value value)) value-unit))

(define-private (add-points (program-id (string-ascii 50)) (user principal) (earned uint))
  (let ((accounting (get-accounting program-id)))
    (map-set user-points
      { program-id: program-id, user: user }
      { points: (+ (get-points program-id user) earned) })
    (map-set program-accounting
      { program-id: program-id }
      (merge accounting { total-points: (+ (get total-points accounting) earned) }))))

;; Pays `amount` uSTX of this contract, and nothing else.
(define-private (pay (amount uint) (recipient principal))
  (ok (unwrap!
    (as-contract? ((with-stx amount))
      (unwrap! (stx-transfer? amount tx-sender recipient) (err err-insufficient-funds)))
    (err err-unauthorized))))

;; --- read-only ---------------------------------------------------------------------------------

(define-read-only (get-program (program-id (string-ascii 50)))
  (map-get? incentive-programs { program-id: program-id }))

(define-read-only (get-program-accounting (program-id (string-ascii 50)))
  (map-get? program-accounting { program-id: program-id }))

(define-read-only (get-points (program-id (string-ascii 50)) (user principal))
  (default-to u0 (get points (map-get? user-points { program-id: program-id, user: user }))))

(define-read-only (get-current-program)
  (var-get current-program))

;; --- public: administration --------------------------------------------------------------------

;; The points that an action earns per dollar or STX of its value; zero for none. For the admin (403). 400
;; a weight beyond its bound.
(define-public (set-action-weight (action-type (string-ascii 20)) (weight uint))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (<= weight max-weight) (err err-invalid-input))
    (map-set action-weights { action-type: action-type } { weight: weight })
    (print { event: "action-weight-set", action-type: action-type, weight: weight })
    (ok true)))

;; Takes `rewards` uSTX from the signer and begins a program of `duration` Bitcoin blocks. For the admin
;; (403). 503 paused, or an emergency; 400 an empty or known id, a duration or rewards out of range, or
;; another program that is running; 402 too few STX.
(define-public (create-incentive-program
    (program-id (string-ascii 50))
    (name (string-ascii 100))
    (duration uint)
    (rewards uint))
  (begin
    (try! (ensure-not-paused "incentives"))
    (try! (check-emergency-status))
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (> (len program-id) u0) (err err-invalid-input))
    (asserts! (and (> duration u0) (<= duration longest-program)) (err err-invalid-input))
    (asserts! (> rewards u0) (err err-invalid-input))
    (asserts! (is-none (get-running-program)) (err err-invalid-input))
    (asserts! (is-none (get-program program-id)) (err err-invalid-input))
    (unwrap! (stx-transfer? rewards tx-sender current-contract) (err err-insufficient-funds))
    (map-set incentive-programs
      { program-id: program-id }
      {
        name: name,
        start-height: burn-block-height,
        end-height: (+ burn-block-height duration),
        reward-token: current-contract,
        total-rewards: rewards,
        active: true
      })
    (map-set program-accounting
      { program-id: program-id }
      { total-points: u0, remaining: rewards })
    (var-set current-program (some program-id))
    (print { event: "program-created", program-id: program-id, rewards: rewards })
    (ok true)))

;; Ends a program and returns to the treasury the uSTX that nobody has claimed, which is the result. For
;; the admin (403). 503 paused; 404 no such program; 400 closed already, or its claims still open.
;; After the claim window, so that nobody loses a reward to the treasury for being on holiday.
(define-public (close-program (program-id (string-ascii 50)))
  (begin
    (try! (ensure-not-paused "incentives"))
    (asserts! (is-admin) (err err-unauthorized))
    (let (
        (program (unwrap! (get-program program-id) (err err-not-found)))
        (accounting (get-accounting program-id))
        (returned (get remaining accounting))
        (treasury (try! (get-contract-address "treasury")))
      )
      (asserts! (get active program) (err err-invalid-input))
      (asserts! (> burn-block-height (+ (get end-height program) claim-window)) (err err-invalid-input))
      (map-set incentive-programs { program-id: program-id } (merge program { active: false }))
      (map-set program-accounting { program-id: program-id } (merge accounting { remaining: u0 }))
      (and (> returned u0) (try! (pay returned treasury)))
      (print { event: "program-closed", program-id: program-id, returned: returned })
      (ok returned))))

;; --- public: activity and rewards --------------------------------------------------------------

;; Counts what `user` did, by its value in micro-USD or uSTX, and says whether it earned anything. For the
;; registry and the pool (403). 503 paused.
(define-public (record-activity (user principal) (action-type (string-ascii 20)) (value uint))
  (begin
    (try! (ensure-not-paused "incentives"))
    (asserts! (is-rewarded-contract) (err err-unauthorized))
    (match (get-running-program)
      program-id (let ((earned (get-earned action-type value)))
        (if (> earned u0)
          (begin
            (add-points program-id user earned)
            (print {
              event: "activity-recorded",
              program-id: program-id,
              user: user,
              action-type: action-type,
              points: earned
            })
            (ok true))
          (ok false)))
      (ok false))))

;; Pays the caller their share of an ended program's rewards, and returns it in uSTX. 503 paused; 404 no
;; such program, or no points; 400 still running, or closed; 402 a share of nothing.
(define-public (claim-rewards (program-id (string-ascii 50)))
  (let ((user contract-caller))
    (try! (ensure-not-paused "incentives"))
    (let (
        (program (unwrap! (get-program program-id) (err err-not-found)))
        (accounting (get-accounting program-id))
        (points (get-points program-id user))
      )
      (asserts! (get active program) (err err-invalid-input))
      (asserts! (> burn-block-height (get end-height program)) (err err-invalid-input))
      (asserts! (> points u0) (err err-not-found))
      (let ((amount (/ (* (get total-rewards program) points) (get total-points accounting))))
        (asserts! (> amount u0) (err err-insufficient-funds))
        (map-delete user-points { program-id: program-id, user: user })
        (map-set program-accounting
          { program-id: program-id }
          (merge accounting { remaining: (- (get remaining accounting) amount) }))
        (try! (pay amount user))
        (print { event: "rewards-claimed", program-id: program-id, user: user, amount: amount })
        (ok amount)))))

;; --- initial weights ---------------------------------------------------------------------------

;; A deposit can be taken back and made again: it earns nothing unless the admin wants it to.
(map-set action-weights { action-type: "deposit" } { weight: u0 })
