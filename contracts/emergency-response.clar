;; emergency-response
;;
;; Emergency procedures: enough guardians together pause parts of the protocol for a limited time.
;; There is no circuit breaker here, because this is what pulls them.

(impl-trait .protocol-traits.emergency-response-trait)

;; --- errors ------------------------------------------------------------------------------------

(define-constant err-invalid-input u400)
(define-constant err-insufficient-funds u402)
(define-constant err-unauthorized u403)
(define-constant err-not-found u404)
(define-constant err-rate-limited u429)
(define-constant err-contract-paused u503)

;; --- constants ---------------------------------------------------------------------------------

;; About a year. A pause without end is the admin's to decide, by the breaker itself.
(define-constant longest-duration u52560)

;; --- variables ---------------------------------------------------------------------------------

;; Grows when a guardian leaves. Approvals of an earlier epoch no longer count, so that nobody's
;; approval outlives the trust in them.
(define-data-var guardian-epoch uint u0)
(define-data-var guardian-count uint u0)
(define-data-var procedure-ids (list 20 (string-ascii 50)) (list))

;; --- maps --------------------------------------------------------------------------------------

(define-map guardians
  { guardian: principal }
  { since: uint }
)

;; A step is the id of a breaker that the procedure activates.
(define-map emergency-procedures
  { procedure-id: (string-ascii 50) }
  {
    description: (string-ascii 200),
    required-approvals: uint,
    max-duration: uint,
    procedure-steps: (list 10 (string-ascii 100))
  }
)

(define-map procedure-rounds
  { procedure-id: (string-ascii 50) }
  {
    round: uint,
    epoch: uint,
    approvals: uint,
    active-until: uint
  }
)

(define-map approvals
  { procedure-id: (string-ascii 50), round: uint, guardian: principal }
  { height: uint }
)

;; --- private -----------------------------------------------------------------------------------

(define-private (is-admin)
  (contract-call? .upgrade-manager is-contract-admin contract-caller))

(define-private (is-known-breaker (step (string-ascii 100)))
  (match (as-max-len? step u50)
    breaker-id (is-some (contract-call? .parameter-contract get-circuit-breaker breaker-id))
    false))

(define-private (activate-step (step (string-ascii 100)) (outcome (response uint uint)))
  (let (
      (until-height (try! outcome))
      (breaker-id (unwrap! (as-max-len? step u50) (err err-invalid-input)))
    )
    (try! (contract-call? .parameter-contract activate-circuit-breaker-until breaker-id until-height))
    (ok until-height)))

(define-private (deactivate-step (step (string-ascii 100)) (outcome (response bool uint)))
  (let ((breaker-id (unwrap! (as-max-len? step u50) (err err-invalid-input))))
    (try! outcome)
    (contract-call? .parameter-contract deactivate-circuit-breaker breaker-id)))

(define-private (or-procedure-active (procedure-id (string-ascii 50)) (any-active bool))
  (or any-active (is-procedure-active procedure-id)))

;; The round that an approval given now belongs to.
(define-private (current-round (procedure-id (string-ascii 50)))
  (let (
      (state (unwrap! (get-procedure-round procedure-id) (err err-not-found)))
      (epoch (var-get guardian-epoch))
    )
    (ok (if (is-eq (get epoch state) epoch)
      state
      (merge state { round: (+ (get round state) u1), epoch: epoch, approvals: u0 })))))

;; --- read-only ---------------------------------------------------------------------------------

(define-read-only (is-guardian (who principal))
  (is-some (map-get? guardians { guardian: who })))

(define-read-only (get-guardian-count)
  (var-get guardian-count))

(define-read-only (get-procedure (procedure-id (string-ascii 50)))
  (map-get? emergency-procedures { procedure-id: procedure-id }))

(define-read-only (get-procedure-round (procedure-id (string-ascii 50)))
  (map-get? procedure-rounds { procedure-id: procedure-id }))

(define-read-only (is-procedure-active (procedure-id (string-ascii 50)))
  (match (get-procedure-round procedure-id)
    state (< burn-block-height (get active-until state))
    false))

(define-read-only (is-emergency-active)
  (fold or-procedure-active (var-get procedure-ids) false))

;; --- public: guardians -------------------------------------------------------------------------

(define-public (add-guardian (guardian principal))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (not (is-guardian guardian)) (err err-invalid-input))
    (map-set guardians { guardian: guardian } { since: burn-block-height })
    (var-set guardian-count (+ (var-get guardian-count) u1))
    (print { event: "guardian-added", guardian: guardian })
    (ok true)))

(define-public (remove-guardian (guardian principal))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (is-guardian guardian) (err err-not-found))
    (map-delete guardians { guardian: guardian })
    (var-set guardian-count (- (var-get guardian-count) u1))
    (var-set guardian-epoch (+ (var-get guardian-epoch) u1))
    (print { event: "guardian-removed", guardian: guardian })
    (ok true)))

;; --- public: procedures ------------------------------------------------------------------------

(define-public (create-emergency-procedure
    (procedure-id (string-ascii 50))
    (description (string-ascii 200))
    (required-approvals uint)
    (max-duration uint)
    (procedure-steps (list 10 (string-ascii 100))))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (> (len procedure-id) u0) (err err-invalid-input))
    (asserts! (and (> max-duration u0) (<= max-duration longest-duration)) (err err-invalid-input))
    (asserts! (> (len procedure-steps) u0) (err err-invalid-input))
    (asserts!
      (and (> required-approvals u0) (<= required-approvals (var-get guardian-count)))
      (err err-invalid-input))
    (asserts!
      (is-eq (len (filter is-known-breaker procedure-steps)) (len procedure-steps))
      (err err-invalid-input))
    (asserts! (is-none (get-procedure procedure-id)) (err err-invalid-input))
    (var-set procedure-ids
      (unwrap! (as-max-len? (append (var-get procedure-ids) procedure-id) u20) (err err-invalid-input)))
    (map-set emergency-procedures
      { procedure-id: procedure-id }
      {
        description: description,
        required-approvals: required-approvals,
        max-duration: max-duration,
        procedure-steps: procedure-steps
      })
    (map-set procedure-rounds
      { procedure-id: procedure-id }
      { round: u1, epoch: (var-get guardian-epoch), approvals: u0, active-until: u0 })
    (print {
      event: "procedure-created",
      procedure-id: procedure-id,
      required-approvals: required-approvals
    })
    (ok true)))

;; Each call is one guardian's approval; the result says whether the procedure took effect with it.
(define-public (activate-emergency-procedure (procedure-id (string-ascii 50)))
  (let ((guardian contract-caller))
    (asserts! (is-guardian guardian) (err err-unauthorized))
    (let (
        (procedure (unwrap! (get-procedure procedure-id) (err err-not-found)))
        (state (try! (current-round procedure-id)))
        (round (get round state))
        (approval { procedure-id: procedure-id, round: round, guardian: guardian })
        (approval-count (+ (get approvals state) u1))
        (until-height (+ burn-block-height (get max-duration procedure)))
      )
      (asserts! (not (is-procedure-active procedure-id)) (err err-invalid-input))
      (asserts! (map-insert approvals approval { height: burn-block-height }) (err err-invalid-input))
      (print {
        event: "procedure-approved",
        procedure-id: procedure-id,
        guardian: guardian,
        approvals: approval-count
      })
      (if (>= approval-count (get required-approvals procedure))
        (begin
          (map-set procedure-rounds
            { procedure-id: procedure-id }
            (merge state { round: (+ round u1), approvals: u0, active-until: until-height }))
          (try! (fold activate-step (get procedure-steps procedure) (ok until-height)))
          (print {
            event: "procedure-activated",
            procedure-id: procedure-id,
            until-height: until-height
          })
          (ok true))
        (begin
          (map-set procedure-rounds
            { procedure-id: procedure-id }
            (merge state { approvals: approval-count }))
          (ok false))))))

;; Deactivates the breakers of the steps even where somebody else had activated them, too: the admin
;; re-activates what must stay.
(define-public (deactivate-emergency-procedure (procedure-id (string-ascii 50)))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (let (
        (procedure (unwrap! (get-procedure procedure-id) (err err-not-found)))
        (state (unwrap! (get-procedure-round procedure-id) (err err-not-found)))
      )
      (asserts! (is-procedure-active procedure-id) (err err-invalid-input))
      (map-set procedure-rounds
        { procedure-id: procedure-id }
        (merge state { active-until: burn-block-height }))
      (try! (fold deactivate-step (get procedure-steps procedure) (ok true)))
      (print { event: "procedure-deactivated", procedure-id: procedure-id })
      (ok true))))
