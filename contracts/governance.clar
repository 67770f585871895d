;; governance
;;
;; Proposals, votes, and their execution after a timelock. Voting power is STX staked here and
;; locked until the vote ends, so it cannot be borrowed for a moment. Its rights over the protocol
;; come from its registered name, and the four actions of a proposal are all it can do with them.
;;
;; It has no pause guard: it must work during an emergency.

;; --- errors ------------------------------------------------------------------------------------

(define-constant err-invalid-input u400)
(define-constant err-insufficient-funds u402)
(define-constant err-unauthorized u403)
(define-constant err-not-found u404)
(define-constant err-rate-limited u429)
(define-constant err-contract-paused u503)

;; --- variables ---------------------------------------------------------------------------------

(define-data-var last-proposal-id uint u0)
(define-data-var total-staked uint u0)

;; --- maps --------------------------------------------------------------------------------------

(define-map stakes
  { voter: principal }
  {
    amount: uint,
    locked-until: uint
  }
)

(define-map proposals
  { proposal-id: uint }
  {
    proposer: principal,
    kind: (string-ascii 20),
    target-name: (string-ascii 50),
    value: uint,
    address: (optional principal),
    start-height: uint,
    end-height: uint,
    executable-at: uint,
    votes-for: uint,
    votes-against: uint,
    executed: bool
  }
)

(define-map proposal-votes
  {
    proposal-id: uint,
    voter: principal
  }
  {
    support: bool,
    weight: uint
  }
)

;; --- private -----------------------------------------------------------------------------------

;; A stake stays locked until the last of the votes it has part in has ended.
(define-private (lock-stake (voter principal) (until-height uint))
  (let ((current (get-stake voter)))
    (map-set stakes { voter: voter } (merge current {
      locked-until: (if (> until-height (get locked-until current))
        until-height
        (get locked-until current))
    }))))

(define-private (is-known-kind (kind (string-ascii 20)))
  (or
    (is-eq kind "set-parameter")
    (is-eq kind "upgrade-contract")
    (is-eq kind "activate-breaker")
    (is-eq kind "deactivate-breaker")))

(define-private (apply-proposal
    (kind (string-ascii 20))
    (target-name (string-ascii 50))
    (value uint)
    (address (optional principal)))
  (if (is-eq kind "set-parameter")
    (contract-call? .parameter-contract set-parameter target-name value)
    (if (is-eq kind "upgrade-contract")
      (contract-call? .upgrade-manager upgrade-contract
        target-name
        (unwrap! address (err err-invalid-input)))
      (if (is-eq kind "activate-breaker")
        (contract-call? .parameter-contract activate-circuit-breaker target-name)
        (contract-call? .parameter-contract deactivate-circuit-breaker target-name)))))

;; --- read-only ---------------------------------------------------------------------------------

(define-read-only (get-stake (voter principal))
  (default-to
    { amount: u0, locked-until: u0 }
    (map-get? stakes { voter: voter })))

(define-read-only (get-total-staked)
  (var-get total-staked))

(define-read-only (get-proposal (proposal-id uint))
  (map-get? proposals { proposal-id: proposal-id }))

(define-read-only (get-vote (proposal-id uint) (voter principal))
  (map-get? proposal-votes { proposal-id: proposal-id, voter: voter }))

;; --- public ------------------------------------------------------------------------------------

(define-public (stake (amount uint))
  (begin
    (asserts! (> amount u0) (err err-invalid-input))
    (let (
        (voter tx-sender)
        (current (get-stake voter))
      )
      (map-set stakes { voter: voter }
        (merge current { amount: (+ (get amount current) amount) }))
      (var-set total-staked (+ (var-get total-staked) amount))
      (unwrap! (stx-transfer? amount voter current-contract) (err err-insufficient-funds))
      (print { event: "staked", voter: voter, amount: amount })
      (ok true))))

(define-public (unstake (amount uint))
  (begin
    (asserts! (> amount u0) (err err-invalid-input))
    (let (
        (voter contract-caller)
        (current (get-stake voter))
      )
      (asserts! (> burn-block-height (get locked-until current)) (err err-invalid-input))
      (asserts! (<= amount (get amount current)) (err err-insufficient-funds))
      (map-set stakes { voter: voter }
        (merge current { amount: (- (get amount current) amount) }))
      (var-set total-staked (- (var-get total-staked) amount))
      (unwrap!
        (as-contract? ((with-stx amount))
          (unwrap! (stx-transfer? amount tx-sender voter) (err err-insufficient-funds)))
        (err err-unauthorized))
      (print { event: "unstaked", voter: voter, amount: amount })
      (ok true))))

(define-public (propose
    (kind (string-ascii 20))
    (target-name (string-ascii 50))
    (value uint)
    (address (optional principal)))
  (begin
    (asserts! (is-known-kind kind) (err err-invalid-input))
    (asserts! (> (len target-name) u0) (err err-invalid-input))
    (asserts!
      (or (not (is-eq kind "upgrade-contract")) (is-some address))
      (err err-invalid-input))
    (let (
        (proposer contract-caller)
        (proposal-id (+ (var-get last-proposal-id) u1))
        (threshold (try!
          (contract-call? .parameter-contract get-parameter "proposal-threshold")))
        (voting-period (try! (contract-call? .parameter-contract get-parameter "voting-period")))
        (timelock (try! (contract-call? .parameter-contract get-parameter "timelock")))
        (end-height (+ burn-block-height voting-period))
      )
      (asserts! (>= (get amount (get-stake proposer)) threshold) (err err-insufficient-funds))
      (var-set last-proposal-id proposal-id)
      (map-set proposals { proposal-id: proposal-id } {
        proposer: proposer,
        kind: kind,
        target-name: target-name,
        value: value,
        address: address,
        start-height: burn-block-height,
        end-height: end-height,
        executable-at: (+ end-height timelock),
        votes-for: u0,
        votes-against: u0,
        executed: false
      })
      (lock-stake proposer end-height)
      (print {
        event: "proposal-created",
        proposal-id: proposal-id,
        kind: kind,
        target-name: target-name,
        value: value
      })
      (ok proposal-id))))

(define-public (vote (proposal-id uint) (support bool))
  (let (
      (voter contract-caller)
      (weight (get amount (get-stake voter)))
      (proposal (unwrap! (get-proposal proposal-id) (err err-not-found)))
    )
    (asserts! (<= burn-block-height (get end-height proposal)) (err err-invalid-input))
    (asserts! (> weight u0) (err err-insufficient-funds))
    (asserts! (is-none (get-vote proposal-id voter)) (err err-invalid-input))
    (map-set proposal-votes
      { proposal-id: proposal-id, voter: voter }
      { support: support, weight: weight })
    (map-set proposals { proposal-id: proposal-id } (merge proposal {
      votes-for: (+ (get votes-for proposal) (if support weight u0)),
      votes-against: (+ (get votes-against proposal) (if support u0 weight))
    }))
    (lock-stake voter (get end-height proposal))
    (print {
      event: "vote-cast",
      proposal-id: proposal-id,
      voter: voter,
      support: support,
      weight: weight
    })
    (ok true)))

;; Anyone may execute. An action that fails undoes the execution, which can then be tried again.
(define-public (execute-proposal (proposal-id uint))
  (let (
      (proposal (unwrap! (get-proposal proposal-id) (err err-not-found)))
      (votes-for (get votes-for proposal))
      (votes-against (get votes-against proposal))
      (quorum (try! (contract-call? .parameter-contract get-parameter "quorum")))
    )
    (asserts! (not (get executed proposal)) (err err-invalid-input))
    (asserts! (> burn-block-height (get executable-at proposal)) (err err-invalid-input))
    (asserts!
      (and (> votes-for votes-against) (>= (+ votes-for votes-against) quorum))
      (err err-unauthorized))
    (map-set proposals { proposal-id: proposal-id } (merge proposal { executed: true }))
    (try! (apply-proposal
      (get kind proposal)
      (get target-name proposal)
      (get value proposal)
      (get address proposal)))
    (print { event: "proposal-executed", proposal-id: proposal-id })
    (ok true)))
