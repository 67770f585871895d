;; governance
;;
;; Proposals, votes, and their execution after a timelock. Voting power is STX staked here before a
;; proposal is made and locked until it can no longer be executed, so it can neither be borrowed nor
;; taken away before its consequences are seen. Its rights over the protocol come from its
;; registered name, and the four actions of a proposal are all it can do with them.
;;
;; It has no pause guard: it must work during an emergency.

;; --- errors ------------------------------------------------------------------------------------

(define-constant err-invalid-input u400)
(define-constant err-insufficient-funds u402)
(define-constant err-unauthorized u403)
(define-constant err-not-found u404)

;; --- constants ---------------------------------------------------------------------------------

(define-constant scale u1000000)

;; Floors under the parameters, in Bitcoin blocks and uSTX: no vote can make the next one easier than
;; this. Three days to vote, one for the guardians to look at what was decided.
(define-constant min-voting-period u432)
(define-constant min-timelock u144)
(define-constant min-quorum u100000000000)

;; A proposal needs at least this share of all stake, and of the STX that a bad one could take.
(define-constant quorum-share u200000)
(define-constant takeover-share u500000)

;; How long a proposal can be executed, about a week: later it no longer says what voters want.
(define-constant execution-window u1008)

;; How many guardians stop a proposal; fewer if there are fewer.
(define-constant required-vetoes u2)

(define-constant kind-set-parameter "set-parameter")
(define-constant kind-upgrade-contract "upgrade-contract")
(define-constant kind-activate-breaker "activate-breaker")
(define-constant kind-deactivate-breaker "deactivate-breaker")

;; --- variables ---------------------------------------------------------------------------------

(define-data-var last-proposal-id uint u0)
(define-data-var total-staked uint u0)

;; --- maps --------------------------------------------------------------------------------------

;; `since` is the height of the last addition: a stake votes on proposals that are younger than it.
(define-map stakes
  { voter: principal }
  {
    amount: uint,
    locked-until: uint,
    since: uint
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
    expires-at: uint,
    quorum: uint,
    votes-for: uint,
    votes-against: uint,
    vetoes: uint,
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

(define-map proposal-vetoes
  {
    proposal-id: uint,
    guardian: principal
  }
  { height: uint }
)

;; --- private -----------------------------------------------------------------------------------

;; The address that a name stands for now.
(define-private (get-contract-address (name (string-ascii 50)))
  (contract-call? .upgrade-manager resolve-contract-address name))

(define-private (larger-of (a uint) (b uint))
  (if (> a b) a b))

(define-private (share-of (amount uint) (share uint))
  (/ (* amount share) scale))

(define-private (is-guardian (who principal))
  (contract-call? .emergency-response is-guardian who))

;; A stake stays locked until the last of the proposals it has part in can no longer be executed.
(define-private (lock-stake (voter principal) (until-height uint))
  (let ((current (get-stake voter)))
    (map-set stakes { voter: voter } (merge current {
      locked-until: (larger-of until-height (get locked-until current))
    }))))

;; Pays `amount` uSTX of this contract, and nothing else.
(define-private (pay (amount uint) (recipient principal))
  (ok (unwrap!
    (as-contract? ((with-stx amount))
      (unwrap! (stx-transfer? amount tx-sender recipient) (err err-insufficient-funds)))
    (err err-unauthorized))))

;; The uSTX that the contract of a name holds; none while the name is unknown.
(define-private (get-holdings (name (string-ascii 50)))
  (match (get-contract-address name)
    address (stx-get-balance address)
    code u0))

(define-private (is-known-kind (kind (string-ascii 20)))
  (or
    (is-eq kind kind-set-parameter)
    (is-eq kind kind-upgrade-contract)
    (is-eq kind kind-activate-breaker)
    (is-eq kind kind-deactivate-breaker)))

;; Governance cannot replace itself: whoever wins one vote would have won all that follow.
(define-private (is-allowed-target
    (kind (string-ascii 20))
    (target-name (string-ascii 50))
    (address (optional principal)))
  (or
    (not (is-eq kind kind-upgrade-contract))
    (and (is-some address) (not (is-eq target-name "governance")))))

(define-private (get-vetoes-needed)
  (let ((guardians (contract-call? .emergency-response get-guardian-count)))
    (if (< guardians required-vetoes) guardians required-vetoes)))

(define-private (is-vetoed (vetoes uint))
  (and (> vetoes u0) (>= vetoes (get-vetoes-needed))))

(define-private (apply-proposal
    (kind (string-ascii 20))
    (target-name (string-ascii 50))
    (value uint)
    (address (optional principal)))
  (if (is-eq kind kind-set-parameter)
    (contract-call? .parameter-contract set-parameter target-name value)
    (if (is-eq kind kind-upgrade-contract)
      (contract-call? .upgrade-manager upgrade-contract
        target-name
        (unwrap! address (err err-invalid-input)))
      (if (is-eq kind kind-activate-breaker)
        (contract-call? .parameter-contract activate-circuit-breaker target-name)
        (contract-call? .parameter-contract deactivate-circuit-breaker target-name)))))

;; --- read-only ---------------------------------------------------------------------------------

(define-read-only (get-stake (voter principal))
  (default-to
    { amount: u0, locked-until: u0, since: u0 }
    (map-get? stakes { voter: voter })))

(define-read-only (get-total-staked)
  (var-get total-staked))

(define-read-only (get-proposal (proposal-id uint))
  (map-get? proposals { proposal-id: proposal-id }))

(define-read-only (get-vote (proposal-id uint) (voter principal))
  (map-get? proposal-votes { proposal-id: proposal-id, voter: voter }))

;; The votes for it, in uSTX, that a proposal made now would need: the parameter `quorum`, its floor, a share
;; of all stake, and a share of the STX that a takeover could reach, whichever is the most.
(define-read-only (get-quorum)
  (ok (larger-of
    (larger-of
      (larger-of min-quorum (try! (contract-call? .parameter-contract get-parameter "quorum")))
      (share-of (var-get total-staked) quorum-share))
    (share-of
      (+ (get-holdings "insurance-fund") (get-holdings "treasury") (get-holdings "liquidity-pool"))
      takeover-share))))

;; --- public ------------------------------------------------------------------------------------

;; Stakes `amount` uSTX of the signer. The whole stake counts for proposals made from the next Bitcoin
;; block on. 400 nothing; 402 not enough STX.
(define-public (stake (amount uint))
  (begin
    (asserts! (> amount u0) (err err-invalid-input))
    (let (
        (voter tx-sender)
        (current (get-stake voter))
      )
      (unwrap! (stx-transfer? amount voter current-contract) (err err-insufficient-funds))
      (map-set stakes { voter: voter } (merge current {
        amount: (+ (get amount current) amount),
        since: burn-block-height
      }))
      (var-set total-staked (+ (var-get total-staked) amount))
      (print { event: "staked", voter: voter, amount: amount })
      (ok true))))

;; Pays `amount` uSTX of the caller's stake back. 400 nothing, or the stake is locked; 402 more than
;; the stake.
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
      (try! (pay amount voter))
      (print { event: "unstaked", voter: voter, amount: amount })
      (ok true))))

;; Proposes one of four actions: `set-parameter` of `target-name` to `value`, `upgrade-contract` of
;; `target-name` to `address`, `activate-breaker` or `deactivate-breaker` of `target-name`. Returns the
;; proposal's id. 400 an unknown kind, no target, no address for an upgrade, or governance itself as
;; the target; 402 a stake below `proposal-threshold`.
(define-public (propose
    (kind (string-ascii 20))
    (target-name (string-ascii 50))
    (value uint)
    (address (optional principal)))
  (begin
    (asserts! (is-known-kind kind) (err err-invalid-input))
    (asserts! (> (len target-name) u0) (err err-invalid-input))
    (asserts! (is-allowed-target kind target-name address) (err err-invalid-input))
    (let (
        (proposer contract-caller)
        (proposal-id (+ (var-get last-proposal-id) u1))
        (threshold (try!
          (contract-call? .parameter-contract get-parameter "proposal-threshold")))
        (voting-period (try! (contract-call? .parameter-contract get-parameter "voting-period")))
        (timelock (try! (contract-call? .parameter-contract get-parameter "timelock")))
        (end-height (+ burn-block-height (larger-of voting-period min-voting-period)))
        (executable-at (+ end-height (larger-of timelock min-timelock)))
        (expires-at (+ executable-at execution-window))
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
        executable-at: executable-at,
        expires-at: expires-at,
        quorum: (try! (get-quorum)),
        votes-for: u0,
        votes-against: u0,
        vetoes: u0,
        executed: false
      })
      (lock-stake proposer expires-at)
      (print {
        event: "proposal-created",
        proposal-id: proposal-id,
        kind: kind,
        target-name: target-name,
        value: value
      })
      (ok proposal-id))))

;; Votes with the caller's whole stake. 404 no such proposal; 400 after its end, or a second vote;
;; 402 no stake that was there before the proposal.
(define-public (vote (proposal-id uint) (support bool))
  (let (
      (voter contract-caller)
      (own-stake (get-stake voter))
      (weight (get amount own-stake))
      (proposal (unwrap! (get-proposal proposal-id) (err err-not-found)))
    )
    (asserts! (<= burn-block-height (get end-height proposal)) (err err-invalid-input))
    (asserts! (is-none (get-vote proposal-id voter)) (err err-invalid-input))
    (asserts!
      (and (> weight u0) (< (get since own-stake) (get start-height proposal)))
      (err err-insufficient-funds))
    (map-set proposal-votes
      { proposal-id: proposal-id, voter: voter }
      { support: support, weight: weight })
    (map-set proposals { proposal-id: proposal-id } (merge proposal {
      votes-for: (+ (get votes-for proposal) (if support weight u0)),
      votes-against: (+ (get votes-against proposal) (if support u0 weight))
    }))
    (lock-stake voter (get expires-at proposal))
    (print {
      event: "vote-cast",
      proposal-id: proposal-id,
      voter: voter,
      support: support,
      weight: weight
    })
    (ok true)))

;; One guardian's objection; two stop a proposal for good. Returns whether it is stopped. 403 not a
;; guardian; 404 no such proposal; 400 executed, or a second objection.
(define-public (veto-proposal (proposal-id uint))
  (let ((guardian contract-caller))
    (asserts! (is-guardian guardian) (err err-unauthorized))
    (let (
        (proposal (unwrap! (get-proposal proposal-id) (err err-not-found)))
        (vetoes (+ (get vetoes proposal) u1))
      )
      (asserts! (not (get executed proposal)) (err err-invalid-input))
      (asserts!
        (map-insert proposal-vetoes
          { proposal-id: proposal-id, guardian: guardian }
          { height: burn-block-height })
        (err err-invalid-input))
      (map-set proposals { proposal-id: proposal-id } (merge proposal { vetoes: vetoes }))
      (print {
        event: "proposal-vetoed",
        proposal-id: proposal-id,
        guardian: guardian,
        vetoes: vetoes
      })
      (ok (is-vetoed vetoes)))))

;; Carries a proposal out, whoever asks. An action that fails undoes the execution, which can then be
;; tried again until the proposal expires. 404 no such proposal; 400 executed, too early or too late;
;; 403 vetoed, or without a majority or its quorum; otherwise what the action answers.
(define-public (execute-proposal (proposal-id uint))
  (let (
      (proposal (unwrap! (get-proposal proposal-id) (err err-not-found)))
      (votes-for (get votes-for proposal))
      (votes-against (get votes-against proposal))
    )
    (asserts! (not (get executed proposal)) (err err-invalid-input))
    (asserts!
      (and
        (> burn-block-height (get executable-at proposal))
        (<= burn-block-height (get expires-at proposal)))
      (err err-invalid-input))
    (asserts!
      (and
        (not (is-vetoed (get vetoes proposal)))
        (> votes-for votes-against)
        ;; Votes against it do not help: a takeover has to bring the whole quorum itself.
        (>= votes-for (get quorum proposal)))
      (err err-unauthorized))
    (map-set proposals { proposal-id: proposal-id } (merge proposal { executed: true }))
    (try! (apply-proposal
      (get kind proposal)
      (get target-name proposal)
      (get value proposal)
      (get address proposal)))
    (print { event: "proposal-executed", proposal-id: proposal-id })
    (ok true)))
