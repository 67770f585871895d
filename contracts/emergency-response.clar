;; emergency-response
;;
;; Emergency procedures: enough guardians together pause parts of the protocol for a limited time.
;; There is no circuit breaker here, because this is what pulls them.

(impl-trait .protocol-traits.emergency-response-trait)

;; --- errors ------------------------------------------------------------------------------------

(define-constant err-invalid-input u400)
(define-constant err-unauthorized u403)
(define-constant err-not-found u404)

;; --- constants ---------------------------------------------------------------------------------

;; How long there may be an emergency without a gap, about a week, like a stop of exits: the fund pays
;; nothing, and no collateral is released, while there is one. A longer pause is the admin's to decide,
;; by the breaker itself.
(define-constant longest-duration u1008)
;; How long an approval waits for others, about a day: it answers to what is happening now.
(define-constant approval-lifetime u144)
;; Emergencies less than this many blocks apart count as one, like activations of a breaker. After the
;; longest there are so many blocks without any.
(define-constant emergency-gap u144)
;; A price that jumped is the oracle's to look at: this breaker has no end that a procedure could set.
(define-constant price-breaker "oracle-deviation")

;; --- variables ---------------------------------------------------------------------------------

;; Grows when a guardian leaves. Approvals of an earlier epoch no longer count, so that nobody's
;; approval outlives the trust in them.
(define-data-var guardian-epoch uint u0)
(define-data-var guardian-count uint u0)
(define-data-var procedure-ids (list 20 (string-ascii 50)) (list))
;; From when to when there was an emergency last; zero, if there never was one.
(define-data-var last-outage { since: uint, until: uint } { since: u0, until: u0 })
;; The same of the one before.
(define-data-var earlier-outage { since: uint, until: uint } { since: u0, until: u0 })

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
    opened-at: uint,
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
    breaker-id (and
      (not (is-eq breaker-id price-breaker))
      (is-some (contract-call? .parameter-contract get-circuit-breaker breaker-id)))
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

;; Fold step that copies every id but `removed`.
(define-private (keep-other-id
    (procedure-id (string-ascii 50))
    (state { removed: (string-ascii 50), kept: (list 20 (string-ascii 50)) }))
  (if (is-eq procedure-id (get removed state))
    state
    (merge state {
      kept: (default-to (get kept state) (as-max-len? (append (get kept state) procedure-id) u20))
    })))

(define-private (larger-of (a uint) (b uint))
  (if (> a b) a b))

(define-private (smaller-of (a uint) (b uint))
  (if (< a b) a b))

;; When the emergency has begun that one which begins now goes on with.
(define-private (get-emergency-start)
  (let ((outage (get-last-outage)))
    (if (and
        (> (get until outage) u0)
        (< burn-block-height (+ (get until outage) emergency-gap)))
      (get since outage)
      burn-block-height)))

(define-private (begin-outage (until-height uint))
  (let (
      (since (get-emergency-start))
      (last (var-get last-outage))
    )
    (and (not (is-eq since (get since last))) (var-set earlier-outage last))
    (var-set last-outage { since: since, until: (larger-of until-height (get until last)) })))

;; With another procedure still active the emergency goes on.
(define-private (end-outage)
  (if (is-emergency-active)
    true
    (var-set last-outage (merge (var-get last-outage) { until: burn-block-height }))))

;; How many approvals set a procedure off: never more than there are guardians, who may have become
;; fewer since the procedure was made.
(define-private (approvals-needed (required uint))
  (if (> required (var-get guardian-count)) (var-get guardian-count) required))

;; The round that an approval given now belongs to.
(define-private (current-round (procedure-id (string-ascii 50)))
  (let (
      (state (unwrap! (get-procedure-round procedure-id) (err err-not-found)))
      (epoch (var-get guardian-epoch))
    )
    (ok (if (and
        (is-eq (get epoch state) epoch)
        (<= burn-block-height (+ (get opened-at state) approval-lifetime)))
      state
      (merge state {
        round: (+ (get round state) u1),
        epoch: epoch,
        opened-at: burn-block-height,
        approvals: u0
      })))))

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

;; From when to when there was an emergency last, in Bitcoin blocks: until now while there is one.
(define-read-only (get-last-outage)
  (let ((outage (var-get last-outage)))
    (if (is-emergency-active)
      (merge outage { until: burn-block-height })
      outage)))

;; From when to when there was one before that.
(define-read-only (get-earlier-outage)
  (var-get earlier-outage))

;; --- public: guardians -------------------------------------------------------------------------

;; For the admin (403). 400 a guardian already.
(define-public (add-guardian (guardian principal))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (not (is-guardian guardian)) (err err-invalid-input))
    (map-set guardians { guardian: guardian } { since: burn-block-height })
    (var-set guardian-count (+ (var-get guardian-count) u1))
    (print { event: "guardian-added", guardian: guardian })
    (ok true)))

;; Also ends every round of approvals. For the admin (403). 404 no guardian.
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

;; Adds a procedure that activates the breakers `procedure-steps` for `max-duration` Bitcoin blocks once
;; `required-approvals` guardians agree. For the admin (403). 400 an empty or known id, a duration or
;; a number of approvals out of range, no steps, a step that is no breaker or the price breaker, or
;; more than twenty procedures.
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
    ;; A procedure of the same name may have been removed: its approvals stay in its rounds.
    (map-set procedure-rounds
      { procedure-id: procedure-id }
      {
        round: (+ (default-to u0 (get round (get-procedure-round procedure-id))) u1),
        epoch: (var-get guardian-epoch),
        opened-at: burn-block-height,
        approvals: u0,
        active-until: u0
      })
    (print {
      event: "procedure-created",
      procedure-id: procedure-id,
      required-approvals: required-approvals
    })
    (ok true)))

;; Makes room for another procedure, or for a better one of the same name. For the admin (403). 404 no
;; such procedure; 400 while it is active.
(define-public (remove-emergency-procedure (procedure-id (string-ascii 50)))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (is-some (get-procedure procedure-id)) (err err-not-found))
    (asserts! (not (is-procedure-active procedure-id)) (err err-invalid-input))
    (map-delete emergency-procedures { procedure-id: procedure-id })
    (var-set procedure-ids
      (get kept (fold keep-other-id (var-get procedure-ids) { removed: procedure-id, kept: (list) })))
    (print { event: "procedure-removed", procedure-id: procedure-id })
    (ok true)))

;; Each call is one guardian's approval; the result says whether the procedure took effect with it. For
;; guardians (403). 404 no such procedure; 400 while it is active, a second approval in one round, or
;; within the gap after the longest emergency, or that of a breaker.
(define-public (activate-emergency-procedure (procedure-id (string-ascii 50)))
  (let ((guardian contract-caller))
    (asserts! (is-guardian guardian) (err err-unauthorized))
    (let (
        (procedure (unwrap! (get-procedure procedure-id) (err err-not-found)))
        (state (try! (current-round procedure-id)))
        (round (get round state))
        (approval { procedure-id: procedure-id, round: round, guardian: guardian })
        (approval-count (+ (get approvals state) u1))
        ;; Within the gap this is no later than now, which no step takes.
        (until-height (smaller-of
          (+ burn-block-height (get max-duration procedure))
          (+ (get-emergency-start) longest-duration)))
      )
      (asserts! (not (is-procedure-active procedure-id)) (err err-invalid-input))
      (asserts! (map-insert approvals approval { height: burn-block-height }) (err err-invalid-input))
      (print {
        event: "procedure-approved",
        procedure-id: procedure-id,
        guardian: guardian,
        approvals: approval-count
      })
      (if (>= approval-count (approvals-needed (get required-approvals procedure)))
        (begin
          (begin-outage until-height)
          (map-set procedure-rounds
            { procedure-id: procedure-id }
            (merge state {
              round: (+ round u1),
              opened-at: burn-block-height,
              approvals: u0,
              active-until: until-height
            }))
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
            (merge state {
              opened-at: (if (is-eq approval-count u1) burn-block-height (get opened-at state)),
              approvals: approval-count
            }))
          (ok false))))))

;; Ends a procedure. For the admin (403). 404 no such procedure; 400 unless it is active.
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
      (end-outage)
      (try! (fold deactivate-step (get procedure-steps procedure) (ok true)))
      (print { event: "procedure-deactivated", procedure-id: procedure-id })
      (ok true))))
