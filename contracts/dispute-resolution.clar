;; dispute-resolution
;;
;; Arbiters decide disputes that they are no party of. Who files one leaves a bond, which comes back
;; unless the dispute is rejected; a rejected bond feeds the insurance fund.

(impl-trait .protocol-traits.dispute-resolution-trait)

;; --- errors ------------------------------------------------------------------------------------

(define-constant err-invalid-input u400)
(define-constant err-insufficient-funds u402)
(define-constant err-unauthorized u403)
(define-constant err-not-found u404)

;; --- constants ---------------------------------------------------------------------------------

;; Disputes of this type lead to awards, so the registry alone may file them.
(define-constant settlement-type "settlement")
(define-constant hash-length u32)
;; More votes than this are never needed: twenty arbiters at most vote on a dispute.
(define-constant most-votes u10)

(define-constant status-pending "pending")
(define-constant status-upheld "upheld")
(define-constant status-rejected "rejected")
(define-constant status-withdrawn "withdrawn")

;; --- variables ---------------------------------------------------------------------------------

(define-data-var last-dispute-id uint u0)
(define-data-var required-votes uint u2)

;; --- maps --------------------------------------------------------------------------------------

(define-map disputes
  { dispute-id: uint }
  {
    disputant: principal,
    dispute-type: (string-ascii 50),
    related-entity-id: uint,
    status: (string-ascii 20)
  }
)

(define-map dispute-details
  { dispute-id: uint }
  {
    evidence-hash: (buff 32),
    filed-at: uint,
    resolved-at: uint,
    bond: uint,
    required: uint,
    uphold-votes: uint,
    reject-votes: uint,
    award: uint
  }
)

(define-map arbiters
  { arbiter: principal }
  { since: uint }
)

;; Whose dispute it is: neither judges it.
(define-map dispute-parties
  { dispute-id: uint }
  { first: principal, second: principal }
)

;; Who has voted, so that the votes of those who are no longer arbiters can be left out.
(define-map dispute-voters
  { dispute-id: uint }
  { voters: (list 20 principal) }
)

(define-map dispute-votes
  { dispute-id: uint, arbiter: principal }
  { uphold: bool, award: uint }
)

;; --- private -----------------------------------------------------------------------------------

(define-private (ensure-not-paused (action-type (string-ascii 20)))
  (contract-call? .parameter-contract check-circuit-breaker (concat "action-" action-type)))

(define-private (is-admin)
  (contract-call? .upgrade-manager is-contract-admin contract-caller))

(define-private (is-caller-named (name (string-ascii 50)))
  (contract-call? .upgrade-manager is-contract-named name contract-caller))

(define-private (get-contract-address (name (string-ascii 50)))
  (contract-call? .upgrade-manager resolve-contract-address name))

;; Pays `amount` uSTX of this contract, and nothing else.
(define-private (pay (amount uint) (recipient principal))
  (ok (unwrap!
    (as-contract? ((with-stx amount))
      (unwrap! (stx-transfer? amount tx-sender recipient) (err err-insufficient-funds)))
    (err err-unauthorized))))

;; Fold step that counts the vote of one who is still an arbiter. The award is the lowest of those who
;; uphold, so that no single arbiter can raise it.
(define-private (count-vote
    (arbiter principal)
    (tally { dispute-id: uint, uphold-votes: uint, reject-votes: uint, award: uint }))
  (match (map-get? dispute-votes { dispute-id: (get dispute-id tally), arbiter: arbiter })
    ballot (if (not (is-arbiter arbiter))
      tally
      (if (get uphold ballot)
        (merge tally {
          uphold-votes: (+ (get uphold-votes tally) u1),
          award: (if (or
              (is-eq (get uphold-votes tally) u0)
              (< (get award ballot) (get award tally)))
            (get award ballot)
            (get award tally))
        })
        (merge tally { reject-votes: (+ (get reject-votes tally) u1) })))
    tally))

(define-private (count-votes (dispute-id uint))
  (fold count-vote (get-voters dispute-id) {
    dispute-id: dispute-id,
    uphold-votes: u0,
    reject-votes: u0,
    award: u0
  }))

(define-private (is-party (dispute-id uint) (who principal))
  (match (map-get? dispute-parties { dispute-id: dispute-id })
    parties (or (is-eq who (get first parties)) (is-eq who (get second parties)))
    false))

;; Ends a dispute and passes its bond on.
(define-private (resolve
    (dispute-id uint)
    (status (string-ascii 20))
    (award uint)
    (bond-recipient principal))
  (let (
      (dispute (unwrap! (get-dispute dispute-id) (err err-not-found)))
      (details (unwrap! (get-dispute-details dispute-id) (err err-not-found)))
      (bond (get bond details))
    )
    (map-set dispute-details
      { dispute-id: dispute-id }
      (merge details { resolved-at: burn-block-height }))
    (map-set disputes { dispute-id: dispute-id } (merge dispute { status: status }))
    (and (> bond u0) (try! (pay bond bond-recipient)))
    (print { event: "dispute-resolved", dispute-id: dispute-id, status: status, award: award })
    (ok true)))

;; --- read-only ---------------------------------------------------------------------------------

(define-read-only (get-dispute (dispute-id uint))
  (map-get? disputes { dispute-id: dispute-id }))

(define-read-only (get-dispute-details (dispute-id uint))
  (map-get? dispute-details { dispute-id: dispute-id }))

(define-read-only (get-voters (dispute-id uint))
  (default-to (list) (get voters (map-get? dispute-voters { dispute-id: dispute-id }))))

(define-read-only (get-parties (dispute-id uint))
  (map-get? dispute-parties { dispute-id: dispute-id }))

(define-read-only (is-arbiter (who principal))
  (is-some (map-get? arbiters { arbiter: who })))

(define-read-only (get-required-votes)
  (var-get required-votes))

(define-read-only (get-award (dispute-id uint))
  (let (
      (dispute (unwrap! (get-dispute dispute-id) (err err-not-found)))
      (details (unwrap! (get-dispute-details dispute-id) (err err-not-found)))
    )
    (asserts! (is-eq (get status dispute) status-upheld) (err err-invalid-input))
    (ok { disputant: (get disputant dispute), award: (get award details) })))

;; --- public: administration --------------------------------------------------------------------

;; For the admin (403). 400 an arbiter already.
(define-public (add-arbiter (arbiter principal))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (not (is-arbiter arbiter)) (err err-invalid-input))
    (map-set arbiters { arbiter: arbiter } { since: burn-block-height })
    (print { event: "arbiter-added", arbiter: arbiter })
    (ok true)))

;; The votes of one who is removed no longer count. For the admin (403). 404 no arbiter.
(define-public (remove-arbiter (arbiter principal))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (is-arbiter arbiter) (err err-not-found))
    (map-delete arbiters { arbiter: arbiter })
    (print { event: "arbiter-removed", arbiter: arbiter })
    (ok true)))

;; How many votes decide a dispute. For the admin (403). 400 none, or more than can vote.
;; Applies to disputes filed from now on: a pending one keeps the number it was filed under.
(define-public (set-required-votes (votes uint))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (and (> votes u0) (<= votes most-votes)) (err err-invalid-input))
    (var-set required-votes votes)
    (print { event: "required-votes-set", votes: votes })
    (ok true)))

;; --- public: disputes --------------------------------------------------------------------------

;; Files a dispute of the signer, who leaves `dispute-bond` uSTX, and returns its id. 503 paused; 403 a
;; dispute about a settlement that does not come from the registry; 400 an empty type, or evidence that
;; is no hash; 402 too few STX.
(define-public (file-dispute
    (dispute-type (string-ascii 50))
    (related-entity-id uint)
    (evidence-hash (buff 32)))
  (begin
    (try! (ensure-not-paused "dispute"))
    (asserts!
      (or (not (is-eq dispute-type settlement-type)) (is-caller-named "policy-registry"))
      (err err-unauthorized))
    (asserts! (> (len dispute-type) u0) (err err-invalid-input))
    (asserts! (is-eq (len evidence-hash) hash-length) (err err-invalid-input))
    (let (
        (dispute-id (+ (var-get last-dispute-id) u1))
        (bond (try! (contract-call? .parameter-contract get-parameter "dispute-bond")))
      )
      (and
        (> bond u0)
        (unwrap! (stx-transfer? bond tx-sender current-contract) (err err-insufficient-funds)))
      (var-set last-dispute-id dispute-id)
      (map-set disputes
        { dispute-id: dispute-id }
        {
          disputant: tx-sender,
          dispute-type: dispute-type,
          related-entity-id: related-entity-id,
          status: status-pending
        })
      (map-set dispute-details
        { dispute-id: dispute-id }
        {
          evidence-hash: evidence-hash,
          filed-at: burn-block-height,
          resolved-at: u0,
          bond: bond,
          required: (var-get required-votes),
          uphold-votes: u0,
          reject-votes: u0,
          award: u0
        })
      (print {
        event: "dispute-filed",
        dispute-id: dispute-id,
        dispute-type: dispute-type,
        related-entity-id: related-entity-id,
        disputant: tx-sender
      })
      (ok dispute-id))))

;; Says whose dispute it is, besides who has filed it. For the registry (403). 503 paused; 404 no such
;; dispute.
(define-public (set-parties (dispute-id uint) (first principal) (second principal))
  (begin
    (try! (ensure-not-paused "dispute"))
    (asserts! (is-caller-named "policy-registry") (err err-unauthorized))
    (asserts! (is-some (get-dispute dispute-id)) (err err-not-found))
    (map-set dispute-parties { dispute-id: dispute-id } { first: first, second: second })
    (print { event: "dispute-parties-set", dispute-id: dispute-id, first: first, second: second })
    (ok true)))

;; An arbiter's vote, with an award in micro-USD if the dispute is upheld. Returns whether it decided the
;; dispute. 503 paused; 403 no arbiter, or a party; 404 no such dispute; 400 decided already, a second
;; vote, or more than twenty.
(define-public (vote-on-dispute (dispute-id uint) (uphold bool) (award uint))
  (let ((arbiter contract-caller))
    (try! (ensure-not-paused "dispute"))
    (asserts! (is-arbiter arbiter) (err err-unauthorized))
    (let (
        (dispute (unwrap! (get-dispute dispute-id) (err err-not-found)))
        (details (unwrap! (get-dispute-details dispute-id) (err err-not-found)))
        (disputant (get disputant dispute))
        (required (get required details))
      )
      (asserts! (is-eq (get status dispute) status-pending) (err err-invalid-input))
      (asserts! (not (is-eq arbiter disputant)) (err err-unauthorized))
      (asserts! (not (is-party dispute-id arbiter)) (err err-unauthorized))
      (asserts!
        (map-insert dispute-votes
          { dispute-id: dispute-id, arbiter: arbiter }
          { uphold: uphold, award: award })
        (err err-invalid-input))
      (map-set dispute-voters
        { dispute-id: dispute-id }
        { voters: (unwrap!
            (as-max-len? (append (get-voters dispute-id) arbiter) u20)
            (err err-invalid-input)) })
      (print {
        event: "dispute-vote",
        dispute-id: dispute-id,
        arbiter: arbiter,
        uphold: uphold,
        award: award
      })
      (let ((tally (count-votes dispute-id)))
        (map-set dispute-details { dispute-id: dispute-id } (merge details {
          uphold-votes: (get uphold-votes tally),
          reject-votes: (get reject-votes tally),
          award: (get award tally)
        }))
        (if (>= (get uphold-votes tally) required)
          (resolve dispute-id status-upheld (get award tally) disputant)
          (if (>= (get reject-votes tally) required)
            (resolve dispute-id status-rejected u0 (try! (get-contract-address "insurance-fund")))
            (ok false)))))))

;; Takes a dispute and its bond back. 503 paused; 404 no such dispute; 403 not the disputant; 400 decided
;; already.
(define-public (withdraw-dispute (dispute-id uint))
  (begin
    (try! (ensure-not-paused "dispute"))
    (let (
        (dispute (unwrap! (get-dispute dispute-id) (err err-not-found)))
        (disputant (get disputant dispute))
      )
      (asserts! (is-eq contract-caller disputant) (err err-unauthorized))
      (asserts! (is-eq (get status dispute) status-pending) (err err-invalid-input))
      (resolve dispute-id status-withdrawn u0 disputant))))
